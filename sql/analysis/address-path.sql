-- title: あるアドレスがたどった道 / The path of one address
-- param day date yesterday 対象日 / day
-- param ip text none アドレス（既定はその日誤りがいちばん多いもの） / address, by default the one with most errors that day
select *
from lake.path_of(
    coalesce($ip::varchar, (
        select log.client_ip
        from lake.access_log as log
        where log.log_date = $day
        group by log.client_ip
        order by count(*) filter (where log.status >= 400) desc, count(*) desc, log.client_ip
        limit 1
    )),
    since := $day, until := $day
)
order by time, file_id, line_no;
