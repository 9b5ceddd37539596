-- One row per person, day and network: lake.user_network_day, all accounts of a person under one. [personal]
create or replace view lake.people_network_day as
select day.*
from lake.user_network_day as day
anti join lake.person as person on person.user_id = day.user_id
union all by name
select
    day.log_date, day.country, day.asn, day.network, day.subnet,
    person.usual_id as user_id,
    sum(day.requests)::ubigint as requests,
    min(day.first_time) as first_time,
    max(day.last_time) as last_time,
    sum(day.personal_accesses)::ubigint as personal_accesses
from lake.user_network_day as day
inner join lake.person as person on person.user_id = day.user_id
group by day.log_date, day.country, day.asn, day.network, day.subnet, person.usual_id;
comment on view lake.people_network_day is '人・日・ネットワークごとに一行：lake.user_network_day を人ごとにまとめたもの / One row per person, day and network: lake.user_network_day by person. [personal]';
-- column user_id: 利用者。一人のアカウントは一つにそろえる / User: all accounts of a person under one. [personal]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column country: 国（ISO 3166-1） / Country, ISO 3166-1 alpha-2. [none]
-- column asn: AS 番号 / Autonomous system number. [none]
-- column network: ネットワーク（IPv4 は上位 16 ビット、IPv6 は 32 ビット） / Network: the first 16 bits of IPv4, 32 of IPv6. [pseudonym]
-- column requests: 拒まれなかったリクエスト / Requests that were not refused. [none]
-- column first_time: 最初のリクエスト / First request. [none]
-- column subnet: サブネット（IPv4 は上位 24 ビット、IPv6 は 48 ビット） / Subnet: the first 24 bits of IPv4, 48 of IPv6. [pseudonym]
-- column last_time: 最後のリクエスト / Last request. [none]
-- column personal_accesses: 個人データへのアクセス / Accesses to personal data. [none]
