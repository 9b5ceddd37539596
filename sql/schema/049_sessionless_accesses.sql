-- Of a log that names no users but sessions it has to be known how many accesses usually have none. Days that lie within what
-- detectors look at are aggregated anew by the next night, back from today at most.
alter table lake.resource_day add column sessionless_accesses ubigint;
comment on column lake.resource_day.sessionless_accesses is 'Of anonymous_accesses, those without a session. [none]';

delete from lake.stage_run
where stage = 'aggregate'
    and log_date >= (select max(log_date) filter (where log_date <= current_date) from lake.ledger_day) - 90;
