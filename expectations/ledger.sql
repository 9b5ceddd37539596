-- One row per day of $days (date[]) and site: what the suite `ledger` judges, the readings of its
-- files. A reading that brought no line of any day counts for the day it was made and the day
-- before. $future_minutes bound what lies in the future. [none]
with day as (
    select distinct unnest($days::date[]) as log_date
),

reading as (
    select
        ledger.file_id, ledger.from_line, ledger.site_id, ledger.path, ledger.read_at,
        ledger.read_at::date as read_on,
        ledger.last_time > ledger.read_at + to_minutes($future_minutes) as is_ahead,
        ledger.lines
        <> ledger.records + ledger.rejects + ledger.comments + ledger.duplicates as is_uneven,
        ledger.records as records,
        ledger.rejects as rejects,
        ledger.status in ('unreadable', 'put_aside')
        or ledger.status = 'read' and ledger.message is not null as is_incomplete,
        row_number() over (
            partition by ledger.site_id, ledger.path order by ledger.read_at desc
        ) = 1 as is_last_look
    from lake.ledger as ledger
),

reading_total as (
    select
        noted.file_id, noted.from_line, noted.read_at,
        sum(noted.records) as records, sum(noted.rejects) as rejects
    from lake.ledger_day as noted
    group by noted.file_id, noted.from_line, noted.read_at
),

reading_of_day as (
    select day.log_date, reading.*
    from lake.ledger_day as noted
    inner join day on day.log_date = noted.log_date
    inner join reading
        on reading.file_id = noted.file_id
        and reading.from_line = noted.from_line
        and reading.read_at = noted.read_at
    union all
    select day.log_date, reading.*
    from reading
    inner join day on day.log_date in (reading.read_on, reading.read_on - 1)
    where reading.records + reading.rejects = 0
),

reading_profile as (
    select
        reading_of_day.log_date,
        reading_of_day.site_id,
        count(*) as readings,
        count(*) filter (where reading_of_day.is_ahead) as readings_ahead,
        count(*) filter (
            where reading_of_day.is_uneven
                or reading_of_day.records <> coalesce(reading_total.records, 0)
                or reading_of_day.rejects <> coalesce(reading_total.rejects, 0)
        ) as readings_uneven
    from reading_of_day
    left join reading_total
        on reading_total.file_id = reading_of_day.file_id
        and reading_total.from_line = reading_of_day.from_line
        and reading_total.read_at = reading_of_day.read_at
    group by reading_of_day.log_date, reading_of_day.site_id
),

incomplete_profile as (
    select day.log_date, reading.site_id, count(*) as files_incomplete
    from reading
    inner join day on day.log_date in (reading.read_on, reading.read_on - 1)
    where reading.is_incomplete and reading.is_last_look
    group by day.log_date, reading.site_id
)

select
    log_date,
    site_id,
    coalesce(reading_profile.readings, 0)::bigint as readings,
    coalesce(reading_profile.readings_ahead, 0)::bigint as readings_ahead,
    coalesce(reading_profile.readings_uneven, 0)::bigint as readings_uneven,
    coalesce(incomplete_profile.files_incomplete, 0)::bigint as files_incomplete
from reading_profile
full join incomplete_profile using (log_date, site_id)
