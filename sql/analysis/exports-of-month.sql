-- title: その月の個人データの書き出し / Exports of personal data in a month
-- param month date month 月（YYYY-MM） / month, as YYYY-MM
select
    log_date, time, site_id, user_id, user_type, resource_id, url_path, url_query,
    bytes, client_ip, country, is_credited
from lake.personal_data_access
where log_date >= date_trunc('month', $month::date)
    and log_date < date_trunc('month', $month::date) + interval 1 month
    and resource_kind = 'export'
order by time, event_id;
