-- What a mask hides of an attack.

alter table lake.request_fact add column masked_attacks varchar;
comment on column lake.request_fact.masked_attacks is 'Attacks that the texts as logged show and the masked ones no longer do: place, family, signature and weight of each, separated by semicolons; mostly null. [none]';
