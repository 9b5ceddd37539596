-- One row per file with records whose id is not the one made of file and line (2^64 wraps around).
-- Ids made so are distinct within a file, since the factor is odd.
select
    'file_id ' || file_id as path,
    count(*) || ' records with another event_id' as what
from lake.request_fact
where event_id <> (
    (line_no::hugeint * 11400714819323198485 + file_id) & 18446744073709551615::hugeint
)::ubigint
group by file_id
order by path
