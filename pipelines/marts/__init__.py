"""What a role may read, as data of its own: `marts/ROLE/TABLE/DATE.parquet` (docs/roles.md)."""
