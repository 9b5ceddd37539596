-- One row per person, day and browser: lake.user_agent_day, all accounts of a person under one. [personal]
create or replace view lake.people_agent_day as
select day.*
from lake.user_agent_day as day
anti join lake.person as person on person.user_id = day.user_id
union all by name
select
    day.log_date, day.browser, day.os, day.device,
    person.usual_id as user_id,
    sum(day.requests)::ubigint as requests,
    min(day.first_time) as first_time
from lake.user_agent_day as day
inner join lake.person as person on person.user_id = day.user_id
group by day.log_date, day.browser, day.os, day.device, person.usual_id;
comment on view lake.people_agent_day is '人・日・ブラウザーごとに一行：lake.user_agent_day を人ごとにまとめたもの / One row per person, day and browser: lake.user_agent_day by person. [personal]';
-- column user_id: 利用者。一人のアカウントは一つにそろえる / User: all accounts of a person under one. [personal]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column browser: ブラウザー / Browser family. [none]
-- column os: OS / Operating system family. [none]
-- column device: 端末 / Device family. [none]
-- column requests: 拒まれなかったリクエスト / Requests that were not refused. [none]
-- column first_time: 最初のリクエスト / First request. [none]
