-- lake.user_request of a lake that has service histories, in place of the one in views/base/. Requests whose
-- line names a user have no row in lake.service_user; to say so in the join would make DuckDB compare every row
-- with every row. [personal]
create or replace view lake.user_request as
select
    request.* replace (
        coalesce(request.user_id, service.user_id) as user_id,
        coalesce(request.user_type, service.user_type) as user_type
    ),
    case
        when request.user_id is not null then 'log'
        when service.user_id is not null then service.joined_by
        when service.event_id is not null then 'ambiguous'
    end as user_source
from lake.request as request
left join lake.service_user as service
    on service.log_date = request.log_date and service.event_id = request.event_id;
comment on view lake.user_request is 'リクエスト一件につき一行、その利用者：行に名がなければ利用記録による / One row per request with its user: as lake.request, with the user of a service history where the line names none. [personal]';
