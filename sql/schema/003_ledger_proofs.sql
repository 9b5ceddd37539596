-- What ties the ledger to the lake's history, and duplicates to their days.

alter table lake.ledger add column snapshot ubigint;
comment on column lake.ledger.snapshot is 'Snapshot of the lake that brought the reading: with AT (VERSION => …) the lake as it was then. Null for readings before it was kept. [none]';

alter table lake.ledger_day add column duplicates ubigint;
comment on column lake.ledger_day.duplicates is 'Lines of that day that had been delivered before. [none]';
