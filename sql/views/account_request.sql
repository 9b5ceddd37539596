-- One row per record: lake.user_request with the account under the usual spelling, and with that of the
-- session where a line about personal data names nobody (is_credited). Read by the aggregates, once the
-- sessions of the day are there. [personal]
create or replace view lake.account_request as
select
    request.* replace (
        coalesce(alias.usual_id, request.user_id, owner.user_id) as user_id,
        coalesce(alias.user_type, request.user_type, owner.user_type) as user_type
    ),
    request.user_id is null and owner.user_id is not null as is_credited
from lake.user_request as request
left join lake.user_alias as alias on alias.user_id = request.user_id
left join lake.session_user as owner
    on owner.log_date = request.log_date and owner.site_id = request.site_id
    -- A condition of one side alone would make DuckDB compare every row with every row.
    and owner.session_id
        = case when request.user_id is null and request.data_level > 0 then request.session_id end;
comment on view lake.account_request is 'リクエスト一件につき一行、そのアカウント：別名は代表の ID にそろえ、名のない行は同じセッションの利用者とみなす / One row per request, with the account behind it: as lake.user_request, the user under the usual spelling and credited with the nameless lines of their session. [personal]';
-- column user_id: 利用者（別名は代表の ID にそろえる）。名のない行では同じセッションの利用者 / User, an alias under the usual ID; that of the session where the line names nobody. [personal]
-- column user_type: customer・staff・franchise・contractor・system / customer, staff, franchise, contractor or system. [none]
-- column is_credited: 行には名がなく、同じセッションの利用者とみなした / True when the line names nobody and its session's user is taken. [none]
