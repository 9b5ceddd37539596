-- Runs in the catalog itself, which is SQLite and stands in clear. DuckLake writes the least and the greatest value
-- of every column there, for each file and each table: of a personal column those are values of persons, and of a
-- rejected line the line. These triggers put null in their place before the row is written, so that no page of the
-- catalog and no frame of its log ever holds them. Null is "not known" to DuckLake, which then reads the file.

-- One row per column whose extremes may be kept: see sql/catalog/open_columns.sql. All others are closed.
create table if not exists mimamori_open_column (
    table_id bigint, column_id bigint, primary key (table_id, column_id)
) without rowid;

create trigger if not exists mimamori_file_extremes
before insert on ducklake_file_column_stats
when coalesce(new.min_value, new.max_value, new.extra_stats) is not null
    and not exists (
        select 1 from mimamori_open_column as known
        where known.table_id = new.table_id and known.column_id = new.column_id
    )
begin
    insert into ducklake_file_column_stats (
        data_file_id, table_id, column_id, column_size_bytes, value_count, null_count, contains_nan
    ) values (
        new.data_file_id, new.table_id, new.column_id, new.column_size_bytes, new.value_count, new.null_count,
        new.contains_nan
    );
    select raise(ignore);
end;

create trigger if not exists mimamori_variant_extremes
before insert on ducklake_file_variant_stats
when coalesce(new.min_value, new.max_value, new.extra_stats) is not null
begin
    insert into ducklake_file_variant_stats (
        data_file_id, table_id, column_id, variant_path, shredded_type, column_size_bytes, value_count, null_count,
        contains_nan
    ) values (
        new.data_file_id, new.table_id, new.column_id, new.variant_path, new.shredded_type, new.column_size_bytes,
        new.value_count, new.null_count, new.contains_nan
    );
    select raise(ignore);
end;

create trigger if not exists mimamori_table_extremes
before insert on ducklake_table_column_stats
when coalesce(new.min_value, new.max_value, new.extra_stats) is not null
    and not exists (
        select 1 from mimamori_open_column as known
        where known.table_id = new.table_id and known.column_id = new.column_id
    )
begin
    insert into ducklake_table_column_stats (table_id, column_id, contains_null, contains_nan)
    values (new.table_id, new.column_id, new.contains_null, new.contains_nan);
    select raise(ignore);
end;

create trigger if not exists mimamori_table_extremes_again
before update on ducklake_table_column_stats
when coalesce(new.min_value, new.max_value, new.extra_stats) is not null
    and not exists (
        select 1 from mimamori_open_column as known
        where known.table_id = new.table_id and known.column_id = new.column_id
    )
begin
    update ducklake_table_column_stats
    set contains_null = new.contains_null, contains_nan = new.contains_nan,
        min_value = null, max_value = null, extra_stats = null
    where rowid = old.rowid;
    select raise(ignore);
end;

-- What is not known of a file is not known of its table either. DuckLake takes null for "no value yet" and would put
-- the extremes of the next file in its place, by which queries pass over all rows before. A migration fills tables and
-- columns like that: they are open from the next start on only.
create trigger if not exists mimamori_table_extremes_unknown
before update on ducklake_table_column_stats
when coalesce(old.min_value, old.max_value) is null
    and coalesce(new.min_value, new.max_value) is not null
    and exists (
        select 1 from ducklake_file_column_stats as file
        where file.table_id = new.table_id and file.column_id = new.column_id
            and coalesce(file.min_value, file.max_value) is null and coalesce(file.value_count, 1) > 0
    )
begin
    update ducklake_table_column_stats
    set contains_null = new.contains_null, contains_nan = new.contains_nan,
        min_value = null, max_value = null, extra_stats = null
    where rowid = old.rowid;
    select raise(ignore);
end;
