-- One row per account, site and day: lake.user_subject_day, each account under its person. [personal]
create or replace view lake.people_subject_day as
select
    day.* replace (
        coalesce(person.usual_id, day.user_id) as user_id,
        coalesce(person.user_type, day.user_type) as user_type
    )
from lake.user_subject_day as day
left join lake.person as person on person.user_id = day.user_id;
comment on view lake.people_subject_day is 'サイト・アカウント・日ごとに一行：lake.user_subject_day を、人の名で / One row per site, account and day: lake.user_subject_day under the name of the person. [personal]';
-- column user_id: 利用者。一人のアカウントは一つにそろえる / User: all accounts of a person under one. [personal]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column user_type: customer・staff・franchise・contractor・system。人の一覧にあればそれによる / customer, staff, franchise, contractor or system; of the directory where it has the user. [none]
-- column subjects: 見た人の鍵つきハッシュの見本 / Sample of keyed hashes of the people seen. [pseudonym]
-- column levels: それぞれの最高の管理区分 / Highest management level of each. [none]
