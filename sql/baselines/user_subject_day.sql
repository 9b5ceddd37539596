-- One row per site, user and day with records seen, of named_request: a sample of whose they were, the
-- lowest hashes of all. A set of customers is kept from two people on, since nearly all see their own alone.
with seen as (
    select
        log_date, site_id, user_id,
        any_value(user_type) as user_type,
        subject_hash(subject_id) as subject,
        max(data_level) as data_level
    from named_request
    where is_access(status) and data_level > 0 and resource_kind = 'record' and subject_id is not null
    group by log_date, site_id, user_id, subject_id
),
lowest as (
    select *
    from seen
    qualify dense_rank() over (partition by log_date, site_id, user_id order by subject)
        <= sampled_subjects()
),
-- One person may have been asked for in several spellings.
sampled as (
    select
        log_date, site_id, user_id, subject,
        any_value(user_type) as user_type,
        max(data_level) as data_level
    from lowest
    group by log_date, site_id, user_id, subject
)
select
    log_date, site_id, user_id,
    any_value(user_type) as user_type,
    list(subject order by subject) as subjects,
    list(data_level order by subject) as levels
from sampled
group by log_date, site_id, user_id
having any_value(user_type) is distinct from 'customer' or count(*) > 1
