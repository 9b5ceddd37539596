-- One row per person, site, day and hour: lake.user_hour, all accounts of a person under one. [personal]
create or replace view lake.people_hour as
select day.*
from lake.user_hour as day
anti join lake.person as person on person.user_id = day.user_id
union all by name
select
    day.log_date, day.site_id, day.hour,
    person.usual_id as user_id,
    coalesce(any_value(person.user_type), any_value(day.user_type)) as user_type,
    sum(day.personal_accesses)::ubigint as personal_accesses
from lake.user_hour as day
inner join lake.person as person on person.user_id = day.user_id
group by day.log_date, day.site_id, day.hour, person.usual_id;
comment on view lake.people_hour is 'サイト・人・日・時刻（時）ごとに一行：lake.user_hour を人ごとにまとめたもの / One row per site, person, day and hour: lake.user_hour by person. [personal]';
-- column user_id: 利用者。一人のアカウントは一つにそろえる / User: all accounts of a person under one. [personal]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column user_type: customer・staff・franchise・contractor・system。人の一覧にあればそれによる / customer, staff, franchise, contractor or system; of the directory where it has the user. [none]
-- column hour: 時刻（時）、0 から 23 / Hour of the day, 0 to 23. [none]
-- column personal_accesses: 個人データへのアクセス / Accesses to personal data. [none]
