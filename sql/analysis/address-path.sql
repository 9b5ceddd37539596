-- title: あるアドレスがたどった道 / The path of one address
-- param day date yesterday 対象日 / day
-- param ip text none アドレス（既定はその日誤りがいちばん多いもの） / address, by default the one with most errors that day
with chosen as (
    select coalesce($ip::varchar, (
        select client.client_ip
        from lake.request as request
        join lake.client as client on client.client_id = request.client_id
        where request.log_date = $day
        group by client.client_ip
        order by count(*) filter (where request.status >= 400) desc, count(*) desc, client.client_ip
        limit 1
    )) as client_ip
)
select
    log.time, log.client_ip, log.site_id, log.user_id, log.method, log.url_path, log.url_query,
    log.status, log.resource_kind, log.subject_id, log.bytes, log.referrer, log.user_agent
from lake.access_log as log
join chosen on chosen.client_ip = log.client_ip
where log.log_date = $day
order by log.time, log.file_id, log.line_no;
