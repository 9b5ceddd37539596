create or replace view lake.set_aside_days as
select
    log_date, site_id, list(check_id order by check_id) as check_ids,
    max(checked_at) as checked_at
from lake.check_result
where not success and severity = 'critical' and site_id is not null and basis is null
group by log_date, site_id;
comment on view lake.set_aside_days is '重大な点検に通らず、取りのけてあるサイトと日ごとに一行。レイク全体の点検（basis がある）は日を取りのけない。行は残り検出もするが、ふだんの姿は学ばない。点検をやり直して通れば消える / One row per site and day set aside by critical data-quality checks of that day (those of the whole lake, which have a basis, set none aside): its lines stay and are searched, but teach no baseline. It is gone when the day is checked again and passes. [none]';
-- column log_date: 設定の時間帯での日 / Day in the configured zone. [none]
-- column site_id: サイト / Site. [none]
-- column check_ids: 不合格の重大な点検 / Critical checks that failed. [none]
-- column checked_at: 点検した時刻 / Instant of the check. [none]
