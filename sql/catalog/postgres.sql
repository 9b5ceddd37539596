-- Runs in the catalog itself where that is PostgreSQL, which stands in clear. What sql/catalog/statistics.sql says of
-- SQLite holds here too: the extremes of closed columns become null before their row is written.

-- One row per column whose extremes may be kept: see sql/catalog/open_columns.sql. All others are closed.
create table if not exists mimamori_open_column (
    table_id bigint, column_id bigint, primary key (table_id, column_id)
);

-- One row: the name of the lake, which its keys have too, and whether extremes of closed columns may be left.
create table if not exists mimamori_lake (lake_id varchar, is_clean boolean not null default true);

create or replace function mimamori_hide_closed() returns trigger language plpgsql as $$
begin
    if not exists (
        select 1 from mimamori_open_column as known
        where known.table_id = new.table_id and known.column_id = new.column_id
    ) then
        new.min_value := null;
        new.max_value := null;
        new.extra_stats := null;
    end if;
    return new;
end
$$;

-- What is not known of a file is not known of its table either: see mimamori_table_extremes_unknown for SQLite.
create or replace function mimamori_hide_unknown() returns trigger language plpgsql as $$
begin
    if coalesce(old.min_value, old.max_value) is null and exists (
        select 1 from ducklake_file_column_stats as file
        where file.table_id = new.table_id and file.column_id = new.column_id
            and coalesce(file.min_value, file.max_value) is null and coalesce(file.value_count, 1) > 0
    ) then
        new.min_value := null;
        new.max_value := null;
        new.extra_stats := null;
    end if;
    return new;
end
$$;

create or replace function mimamori_hide_all() returns trigger language plpgsql as $$
begin
    new.min_value := null;
    new.max_value := null;
    new.extra_stats := null;
    return new;
end
$$;

-- Who has lost the writers' lock, as its connection broke off, commits nothing: others may be writing.
create or replace function mimamori_require_lock() returns trigger language plpgsql as $$
begin
    if not exists (
        select 1 from pg_locks as held inner join pg_stat_activity as holder on holder.pid = held.pid
        where held.locktype = 'advisory' and held.granted and held.mode = 'ExclusiveLock'
            and held.database = (select oid from pg_database where datname = current_database())
            and (held.classid::bigint << 32) + held.objid::bigint = {lock}
            and holder.application_name = 'mimamori ' || current_setting('mimamori.writer', true)
    ) then
        raise exception 'mimamori: the writers'' lock is not held';
    end if;
    return new;
end
$$;

create or replace trigger mimamori_commit
before insert on ducklake_snapshot
for each row execute function mimamori_require_lock();

create or replace trigger mimamori_file_extremes
before insert or update on ducklake_file_column_stats
for each row execute function mimamori_hide_closed();

create or replace trigger mimamori_table_extremes
before insert or update on ducklake_table_column_stats
for each row execute function mimamori_hide_closed();

create or replace trigger mimamori_table_extremes_unknown
before update on ducklake_table_column_stats
for each row execute function mimamori_hide_unknown();

create or replace trigger mimamori_variant_extremes
before insert or update on ducklake_file_variant_stats
for each row execute function mimamori_hide_all();
