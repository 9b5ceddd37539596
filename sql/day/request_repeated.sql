-- Whose records the same user sees again: one row per site, user and data subject of $date that the user has
-- seen on at least repeated_days() of the last days_of_repetition(), by the sample that is kept of each day.
-- Accesses with a reason on record are left out. Runs after request*.sql. [personal]
create or replace table repeated_pair as
with spelling as (
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
        and not is_pseudonymous
    group by site_id, user_id, subject_id
),
today as (
    select
        site_id, user_id, subject,
        any_value(user_type) as user_type,
        min(subject_id) as subject_id,
        first_ten(list(subject_id)) as spellings,
        sum(accesses)::bigint as accesses,
        max(data_level) as data_level,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from spelling
    group by site_id, user_id, subject
),
number_of_user as (
    select site_id, user_id, row_number() over () as number
    from (select distinct site_id, user_id from today)
),
-- By numbers, as millions of past looks are compared with those of the day.
pair as (
    select number_of_user.number, today.subject
    from today
    inner join number_of_user using (site_id, user_id)
),
past_day as (
    select past_day.log_date, number_of_user.number, unnest(past_day.subjects) as subject
    from past.user_subject_day as past_day
    inner join number_of_user using (site_id, user_id)
    where past_day.log_date > $date - days_of_repetition()
),
seen as (
    select number, subject, 1 + count(distinct log_date) as days
    from past_day
    semi join pair using (number, subject)
    group by number, subject
    having count(distinct log_date) >= repeated_days() - 1
)
select today.*, seen.days
from seen
inner join number_of_user using (number)
inner join today
    on today.site_id = number_of_user.site_id and today.user_id = number_of_user.user_id
    and today.subject = seen.subject;
