"""Bare split of combined lines to Parquet by chDB: `python chdb_split.py IN OUT`.

It runs in `.venv-bench`. All fields of the format, typed, and nothing else: no enrichment, no
redaction, no care for odd lines (an escaped quote shifts the fields of its line). Of the ways
tried (splitByChar, extractGroups, parseDateTimeBestEffort) this is the fastest.
"""

import sys

import chdb  # type: ignore[import-not-found]

QUERY = """
with
    splitByChar('"', line) as parts,
    splitByChar(' ', parts[1]) as head,
    splitByChar(' ', parts[2]) as request,
    splitByChar(' ', parts[3]) as answer,
    position(request[2], '?') as mark
select
    head[1] as client,
    head[3] as user,
    parseDateTimeOrNull(substring(head[4], 2, 20), '%d/%b/%Y:%H:%i:%s', 'Asia/Tokyo') as time,
    request[1] as method,
    if(mark = 0, request[2], substring(request[2], 1, mark - 1)) as path,
    if(mark = 0, '', substring(request[2], mark + 1)) as query,
    request[3] as protocol,
    toUInt16OrZero(answer[2]) as status,
    toUInt64OrZero(answer[3]) as bytes,
    parts[4] as referrer,
    parts[6] as agent
from file('{source}', LineAsString)
into outfile '{target}' truncate format Parquet
settings output_format_parquet_compression_method = 'zstd', max_threads = {threads}
"""

if __name__ == "__main__":
    source, target, threads = sys.argv[1:]
    chdb.query(QUERY.format(source=source, target=target, threads=threads))
