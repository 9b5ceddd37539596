-- Ending a suppression is a decision too, and has an author.

alter table lake.suppression add column ended_by varchar;
comment on column lake.suppression.ended_by is 'Who ended it early, with the account; null while it lasts, and for rules ended by an earlier release. [personal]';
