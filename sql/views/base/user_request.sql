-- One row per record: lake.request with the user of a service history where the line names none. Other views
-- that need users are made of it, so every query pays for that join: a lake without histories has this view,
-- any other the one in views/services/. [personal]
create or replace view lake.user_request as
select request.*, case when request.user_id is not null then 'log' end as user_source
from lake.request as request;
comment on view lake.user_request is 'リクエスト一件につき一行、その利用者：行に名がなければ利用記録による / One row per request with its user: as lake.request, with the user of a service history where the line names none. [personal]';
-- column user_id: 行にある利用者。なければ利用記録にある利用者 / User that the line names, else the one of a service history. [personal]
-- column user_type: customer・staff・franchise・contractor・system / customer, staff, franchise, contractor or system. [none]
-- column user_source: 利用者がわかったもと：log（行）か、利用記録と何で合ったか（session・subject・address）。二人のどちらとも決められなければ ambiguous。だれともわからなければ空。lake.service_user を見よ / Where the user is from: log (the line), or what the record of a service history was joined by (session, subject or address); ambiguous where it was one of two and none was taken; null where nobody is known. See lake.service_user. [none]
