-- table function path_of: あるアドレスのリクエスト一件につき一行、たどった順に / One row per request from one address, in the order of its path. [personal]
-- parameter ip: アドレス / Address.
-- parameter since: この日から / From this day on.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.path_of(
    ip, since := date '1970-01-01', until := date '9999-12-31'
) as table
select
    time, log_date, client_ip, site_id, user_id, method, url_path, url_query, status,
    resource_kind, subject_id, bytes, referrer, user_agent,
    date_diff('millisecond', lag(time) over (order by time, file_id, line_no), time) / 1000
        as seconds_since_last,
    event_id, file_id, line_no
from lake.access_log
where log_date between since and until and client_ip = ip
order by time, file_id, line_no;
