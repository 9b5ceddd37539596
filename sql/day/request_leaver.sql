-- People with a request on $date who have left, or leave soon, by the directory (context: people): one row
-- per user, with all accounts under one. `watched_from` is the day of notice (the directory got the last
-- day then), but at least leaving_days() before the last day. What rows of former accounts say of a person
-- who is still listed does not count. Runs after request.sql. [personal]
create or replace table leaver as
with parting as (
    select
        usual_id as user_id,
        case
            when bool_or(removed_at is null) then max(left_on) filter (where removed_at is null)
            else max(left_on)
        end as left_on
    from lake.person
    group by usual_id
    having left_on is not null
),
notice as (
    select person.usual_id as user_id, max(change.changed_at::date) as noticed_on
    from lake.person_change as change
    inner join lake.person as person on person.user_id = change.user_id
    where change.change = 'changed' and list_contains(change.columns, 'left_on')
        and json_extract_string(change.before, '$.left_on') is null
    group by person.usual_id
),
known as (
    select
        parting.user_id, parting.left_on,
        greatest(
            least(parting.left_on - leaving_days(), coalesce(notice.noticed_on, parting.left_on)),
            parting.left_on - longest_notice_days()
        ) as watched_from
    from parting
    left join notice using (user_id)
)
select *
from known
where $date >= watched_from
    and user_id in (select user_id from day_request);
