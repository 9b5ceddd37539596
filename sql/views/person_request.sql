-- One row per record: lake.account_request with the person in place of the account, as the directory has
-- it now. Read by detection and reports. [personal]
create or replace view lake.person_request as
select
    request.* replace (
        coalesce(person.usual_id, request.user_id) as user_id,
        coalesce(person.user_type, request.user_type) as user_type
    ),
    request.user_id as account
from lake.account_request as request
left join lake.person as person on person.user_id = request.user_id;
comment on view lake.person_request is 'リクエスト一件につき一行、その人：lake.account_request に、一人のアカウントを一つにまとめたもの / One row per request, with the person behind it: lake.account_request, all accounts of a person under one. [personal]';
-- column user_id: 利用者。一人のアカウントは一つにそろえる（別名、名のない行も） / User: all accounts of a person under one, aliases and the nameless lines of a session too. [personal]
-- column user_type: customer・staff・franchise・contractor・system。人の一覧にあればそれによる / customer, staff, franchise, contractor or system; of the directory where it has the user. [none]
-- column is_credited: 行には名がなく、同じセッションの利用者とみなした / True when the line names nobody and its session's user is taken. [none]
-- column account: 使われたアカウント / Account that was used. [personal]
