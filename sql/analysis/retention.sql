-- title: 記録は月ごとにどれだけあるか、保存期間を過ぎたものはないか / Records by month, and whether any are past their time
-- param keep_days integer 400 保存する日数（設定の retention.access_log_days） / days to keep, retention.access_log_days of the settings
-- param until date yesterday 基準の日 / day to count from
select
    date_trunc('month', log_date)::date as month, min(log_date) as first_day,
    max(log_date) as last_day, count(distinct log_date) as days,
    sum(records)::bigint as records, sum(personal_accesses)::bigint as personal_accesses,
    coalesce(
        sum(records) filter (where log_date < $until::date - $keep_days::integer), 0
    )::bigint as records_past_their_time
from lake.site_day
where lines > 0
group by month
order by month desc;
