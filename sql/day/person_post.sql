-- Since when people have their post, by the directory: the day on which they came, or on which it said that
-- they have another department, site or manager. One row per person that it tells this of. [personal]
create or replace table person_post as
with moved as (
    select person.usual_id as user_id, max(change.changed_at::date) as moved_on
    from lake.person_change as change
    inner join context_person as person on person.user_id = change.user_id
    where change.change = 'changed'
        and list_has_any(change.columns, ['department', 'site_id', 'manager'])
        and change.changed_at < $day_ends_at + to_days(1)
    group by person.usual_id
),
joined as (
    select usual_id as user_id, max(joined_on) as joined_on
    from context_person
    group by usual_id
)
select user_id, greatest(joined.joined_on, moved.moved_on) as since
from joined
left join moved using (user_id)
where since is not null;
