-- Of a detector that ended early it is known on which sites it has not looked for anything.
alter table lake.detector_day add column unexamined_sites varchar[];
comment on column lake.detector_day.unexamined_sites is 'Where it failed, the sites on which it had not looked; null for all of them. [none]';
