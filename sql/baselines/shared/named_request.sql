-- The requests of the days in $days that have a user, as lake.account_request has them: what the daily
-- aggregates of users are made of. Runs after session_user.sql, whose sessions have users too. [personal]
create or replace temp table named_request as
select
    log_date, time, site_id, client_id, agent_id, user_id, user_type, status, bytes,
    resource_id, resource_kind, data_level, subject_id, login_result, line_no
from lake.account_request
where log_date in (select unnest($days::date[])) and user_id is not null;
