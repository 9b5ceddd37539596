-- Whose word a site's log is.

alter table lake.site add column trust varchar;
comment on column lake.site.trust is 'own: the company writes the log itself; partner: another party does, which could write anything into it. From the settings. [none]';
update lake.site set trust = case when franchise is null then 'own' else 'partner' end;
