-- What passed a bound of the settings (limits:). Personal-data class of a column in brackets: [none].

create table lake.limit_reached (
    reached_at timestamptz, limit_name varchar, site_id varchar, path varchar, log_date date,
    seen ubigint, allowed ubigint, lines ubigint
);
comment on table lake.limit_reached is 'One row per limit of the settings that a file, a day or a night passed, for each run that met it; of a file that stays put aside, each run anew. Used by the report, its summary and doctor. [none]';
comment on column lake.limit_reached.reached_at is 'Instant of the reading, or of the stage, that met it. [none]';
comment on column lake.limit_reached.limit_name is 'Key below limits: in the settings. [none]';
comment on column lake.limit_reached.site_id is 'Site whose lines passed it; null for a night as a whole. [none]';
comment on column lake.limit_reached.path is 'Path below the landing folder, where it is a limit of a file. [none]';
comment on column lake.limit_reached.log_date is 'Day in the configured zone, where it is a limit of a day. [none]';
comment on column lake.limit_reached.seen is 'What was counted until it was passed; there may be more. [none]';
comment on column lake.limit_reached.allowed is 'The limit that was in force. [none]';
comment on column lake.limit_reached.lines is 'Lines that were treated otherwise for it; null where they were not read. [none]';

comment on column lake.ledger.status is 'read, empty, renamed (read before under another name that is gone), duplicate (read before under a name that is still there), put_aside (read as far as the limits allow) or unreadable. [none]';
