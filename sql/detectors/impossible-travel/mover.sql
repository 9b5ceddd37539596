-- One row per person who was in more than one country.
select user_id
from (
    select user_id, country from supported
    union
    select user_id, country from evening
)
group by user_id
having count(*) > 1
