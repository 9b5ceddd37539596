-- title: サーバーの誤り、サイトと時間ごと / Server errors by site and hour
-- param day date yesterday 対象日 / day
select
    site_id, hour_at, records, server_errors,
    round(server_errors / nullif(records, 0), 4) as share, client_errors
from lake.site_hour
where log_date = $day and server_errors > 0
order by server_errors desc, site_id, hour_at;
