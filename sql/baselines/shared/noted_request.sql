-- The requests of the days in $days that name a user, try to log in or ask for personal data or another
-- resource, as lake.user_request has them: few of all, and read by several aggregates. [personal]
create or replace temp table noted_request as
select
    log_date, time, site_id, client_id, agent_id, user_id, user_type, user_source, session_id,
    status, bytes, resource_id, resource_kind, data_level, subject_id, login_result
from lake.user_request
where log_date in (select unnest($days::date[]))
    and (
        user_id is not null or login_result is not null or data_level > 0
        or resource_id is not null
    );
