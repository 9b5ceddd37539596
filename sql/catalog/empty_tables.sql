-- DuckLake writes statistics of a table with its first rows. As long as there are none it looks for them anew for
-- each column, whenever a query names the table: about a millisecond a column, 20 ms for a table of decisions that
-- nobody has taken yet. With these rows, that say "empty", it takes half a millisecond in all.
insert into ducklake_table_column_stats (table_id, column_id, contains_null)
select own.table_id, own.column_id, false
from ducklake_column as own
where own.end_snapshot is null
    and own.table_id not in (select table_id from ducklake_table_stats)
    and not exists (  -- of a list, DuckLake keeps those of its elements
        select 1 from ducklake_column as part
        where part.table_id = own.table_id and part.parent_column = own.column_id and part.end_snapshot is null
    );

insert into ducklake_table_stats (table_id, record_count, next_row_id, file_size_bytes)
select table_id, 0, 0, 0
from ducklake_table
where end_snapshot is null and table_id not in (select table_id from ducklake_table_stats);
