-- table function who_saw: ある人の記録を見た利用者・サイト・日ごとに一行 / One row per user, site and day that saw the record of one person. [personal]
-- parameter subject: だれのデータか。頭の 0 も含めて書く（0 のない記録も数える） / Whose data; with its leading zeros, accesses logged without them count too.
-- parameter since: この日から / From this day on.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.who_saw(
    subject, since := date '1970-01-01', until := date '9999-12-31'
) as table
select
    log_date, site_id, user_id, user_type,
    count(*) as accesses, min(time) as first_time, max(time) as last_time,
    list(distinct resource_id order by resource_id) as resources,
    list(distinct client_ip order by client_ip) as addresses,
    list(distinct country order by country) as countries,
    bool_or(is_credited) as is_credited
from lake.personal_data_access
where log_date between since and until
    and subject_id in (subject::varchar, ltrim(subject::varchar, '0'))
group by log_date, site_id, user_id, user_type
order by log_date desc, accesses desc, user_id;
