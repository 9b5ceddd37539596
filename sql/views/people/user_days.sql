create or replace view lake.user_days as
with past as (
    select
        today.log_date, today.site_id, today.user_id,
        count(*) as past_days,
        median(before.subjects) as usual_subjects,
        max(before.subjects) as most_subjects_before
    from lake.people_day as today
    join lake.people_day as before
        on before.site_id = today.site_id and before.user_id = today.user_id
        and before.log_date >= today.log_date - 28 and before.log_date < today.log_date
    group by today.log_date, today.site_id, today.user_id
),
department as (
    select usual_id as user_id, min(department) as department
    from lake.person
    where department is not null
    group by usual_id
),
-- Peers are those of the department, where more than eight of it are at work, else those of the type.
placed as (
    select
        day.log_date, day.site_id, day.user_id, day.user_type, day.subjects,
        if(
            count(department.department) over (
                partition by day.log_date, day.site_id, department.department
            ) > 8,
            department.department, null
        ) as department
    from lake.people_day as day
    left join department on department.user_id = day.user_id
),
peers as (
    select
        log_date, site_id, user_id,
        count(*) over alike as peers, median(subjects) over alike as peers_subjects
    from placed
    window alike as (
        partition by
            log_date, site_id, department, if(department is null, user_type, null)
    )
)
select
    day.log_date, day.site_id, site.site_group, site.franchise, day.user_id, day.user_type,
    day.requests, day.subjects, day.record_accesses, day.list_accesses, day.exports,
    day.export_bytes, day.refused, day.active_hours, day.addresses,
    day.first_time, day.last_time,
    coalesce(past.past_days, 0) as past_days, past.usual_subjects, past.most_subjects_before,
    peers.peers, peers.peers_subjects
from lake.people_day as day
left join lake.site as site on site.site_id = day.site_id
left join past
    on past.log_date = day.log_date and past.site_id = day.site_id and past.user_id = day.user_id
left join peers
    on peers.log_date = day.log_date and peers.site_id = day.site_id
    and peers.user_id = day.user_id;
comment on view lake.user_days is '利用者・サイト・日ごとに一行：何人のデータを見たか、本人のふだんと同僚のその日 / One row per user, site and day: how many people''s data the user saw, beside the own past and the peers of that day. [personal]';
-- column log_date: 設定の時間帯での日 / Day in the configured zone. [none]
-- column site_id: サイト / Site. [none]
-- column site_group: サイトのグループ / Group of the site. [none]
-- column franchise: 加盟店。ほかのサイトでは空 / Franchise shop; null for other sites. [none]
-- column user_id: 利用者（別名は代表の ID にそろえる） / User, an alias under the usual ID. [personal]
-- column user_type: customer・staff・franchise・contractor・system / customer, staff, franchise, contractor or system. [none]
-- column requests: 拒まれなかったリクエスト / Requests that were not refused. [none]
-- column subjects: データを見られた人の数（一件ずつの表示） / Distinct people whose records were seen. [none]
-- column record_accesses: 一件ずつの表示の回数 / Accesses to single records. [none]
-- column list_accesses: 一覧の表示の回数 / Accesses to lists. [none]
-- column exports: 書き出しの回数 / Exports. [none]
-- column export_bytes: 書き出しのバイト数 / Bytes of the exports. [none]
-- column refused: 個人データで 401・403・404 となったリクエスト / Requests for personal data answered with 401, 403 or 404. [none]
-- column active_hours: リクエストのあった時間数 / Hours with a request. [none]
-- column addresses: アドレスの数 / Distinct addresses. [none]
-- column first_time: 最初のリクエスト / First request. [none]
-- column last_time: 最後のリクエスト / Last request. [none]
-- column past_days: それまで 28 日のうち利用のあった日数 / Days with use among the 28 before. [none]
-- column usual_subjects: その日々の subjects の中央値 / Median of subjects on those days. [none]
-- column most_subjects_before: その日々の subjects の最大 / Largest number of subjects on those days. [none]
-- column peers: その日・そのサイトで同じ部署（8 人を超えなければ同じ種類）の利用者の数（本人を含む） / Users of the department on that day and site, or of the type where these are eight or fewer; this one included. [none]
-- column peers_subjects: その人たちの subjects の中央値 / Median of their subjects. [none]
