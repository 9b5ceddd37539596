-- Reports speak one language: beside a message in all of them stands what it says in each.

alter table lake.ledger add column message_by_language json;
comment on column lake.ledger.message_by_language is 'JSON object: what the message says in each language, by its code; null for a text that has one language only, and in rows from before this column. [none]';
alter table lake.stage_run add column message_by_language json;
comment on column lake.stage_run.message_by_language is 'JSON object: what the message says in each language, by its code; null for a text that has one language only, and in rows from before this column. [none]';
