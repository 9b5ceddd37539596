-- Whose records the same user sees again: one row per site, user and data subject of $date that the user has
-- seen on at least repeated_days() of the last days_of_repetition(), by the sample that is kept of each day.
-- Accesses with a reason on record are left out. `day_subjects` are all people whom the user saw on $date,
-- `people` all users of that type who saw any. Runs after request*.sql. [personal]
create or replace table repeated_pair as
with today as (
    select
        site_id::varchar as site_id, user_id,
        any_value(user_type)::varchar as user_type,
        subject_id, subject_hash(subject_id) as subject,
        count(*) as accesses,
        max(data_level) as data_level,
        min(time) as first_seen,
        max(time) as last_seen
    from day_request
    where is_personal and resource_kind = 'record' and subject_id is not null
        and user_id is not null and user_type not in ('customer', 'system')
        and reason is null
        and not is_bot and not is_pseudonymous
    group by site_id, user_id, subject_id
),
past_day as (
    select log_date, site_id, user_id, unnest(subjects) as subject
    from past.user_subject_day
    where log_date > $date - days_of_repetition()
        and user_id in (select today.user_id from today)
),
seen as (
    select past_day.site_id, past_day.user_id, past_day.subject,
        1 + count(distinct past_day.log_date) as days
    from past_day
    semi join today using (site_id, user_id, subject)
    group by past_day.site_id, past_day.user_id, past_day.subject
    having count(distinct past_day.log_date) >= repeated_days() - 1
),
user_total as (
    select site_id, user_id, user_type, count(*) as day_subjects
    from today
    group by site_id, user_id, user_type
),
type_total as (
    select user_type, count(distinct user_id) as people from user_total group by user_type
)
select today.*, seen.days, user_total.day_subjects, type_total.people
from seen
inner join today using (site_id, user_id, subject)
inner join user_total using (site_id, user_id, user_type)
inner join type_total using (user_type);
