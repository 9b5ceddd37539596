-- One row (table_id, column_id) per column whose least and greatest value may stand in the catalog: days, instants,
-- numbers and truth values whose comment says that they are not about a person. Texts never: a path, a reason or a
-- name of a file can carry what somebody wrote into a log.
select own.table_id, own.column_id
from ducklake_column as own
inner join ducklake_column_tag as tag
    on tag.table_id = own.table_id and tag.column_id = own.column_id and tag.end_snapshot is null
where own.end_snapshot is null
    and tag.key = 'comment'
    and tag.value like '%[none]'
    and own.column_type in (
        'date', 'timestamptz', 'boolean', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float64'
    )
