create or replace view lake.site_days as
with failed as (
    select
        log_date, site_id, count(*) as checks_failed,
        bool_or(severity = 'critical' and basis is null) as is_set_aside
    from lake.check_result
    where not success and site_id is not null
    group by log_date, site_id
)
select
    day.log_date, day.site_id, site.site_group, site.franchise,
    day.lines, day.records, day.rejects,
    case when day.lines > 0 then day.rejects / day.lines end as reject_share,
    day.hours_with_records, day.first_time, day.last_time,
    day.users, day.bot_records, day.client_errors, day.server_errors,
    day.login_successes, day.login_failures, day.personal_accesses, day.bytes,
    coalesce(failed.checks_failed, 0) as checks_failed,
    coalesce(failed.is_set_aside, false) as is_set_aside
from lake.site_day as day
left join lake.site as site on site.site_id = day.site_id
left join failed on failed.log_date = day.log_date and failed.site_id = day.site_id;
comment on view lake.site_days is 'サイトと日ごとに一行：届いた行、利用、誤り。一行も届かない日は 0 / One row per site and day: what arrived, use and errors; zeros when not a line came. [none]';
-- column log_date: 設定の時間帯での日 / Day in the configured zone. [none]
-- column site_id: サイト / Site. [none]
-- column site_group: サイトのグループ / Group of the site. [none]
-- column franchise: 加盟店。ほかのサイトでは空 / Franchise shop; null for other sites. [none]
-- column lines: 行数（記録＋読めない行） / Lines: records and rejects. [none]
-- column records: 記録 / Records. [none]
-- column rejects: 読めない行 / Rejected lines. [none]
-- column reject_share: 読めない行の割合、0 から 1 / Share of rejected lines, 0 to 1. [none]
-- column hours_with_records: 記録のある時間数、0 から 24 / Hours with a record, 0 to 24. [none]
-- column first_time: 最初の記録 / First record. [none]
-- column last_time: 最後の記録 / Last record. [none]
-- column users: 利用者の数 / Distinct users. [none]
-- column bot_records: クローラーなどの記録 / Records of bots. [none]
-- column client_errors: ステータス 4xx / Records with status 4xx. [none]
-- column server_errors: ステータス 5xx / Records with status 5xx. [none]
-- column login_successes: 成功したログイン / Log-ins that worked. [none]
-- column login_failures: 失敗したログイン / Log-ins that failed. [none]
-- column personal_accesses: 管理区分 1 以上のデータへのアクセス / Accesses to data of level 1 and above. [none]
-- column bytes: 応答本文のバイト数 / Bytes of the response bodies. [none]
-- column checks_failed: 不合格の点検 / Data-quality checks that failed. [none]
-- column is_set_aside: 重大な点検に通らず、ふだんの姿を学ばない日。lake.set_aside_days を見よ / True when a critical check failed: the day teaches no baseline, see lake.set_aside_days. [none]
