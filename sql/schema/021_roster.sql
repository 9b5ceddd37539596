-- What the roster of a site's template says of it.
alter table lake.site add column listing varchar;
alter table lake.site add column listed_from date;
alter table lake.site add column opened_on date;
alter table lake.site add column closed_on date;
alter table lake.site add column name varchar;
alter table lake.site add column mail varchar;
comment on column lake.site.listing is 'What the roster of the site''s template says: listed; removed, when its row is gone from the roster; unlisted, when no row ever named it. Null without a roster. [none]';
comment on column lake.site.listed_from is 'Day from which on the site is expected when its row gives no day: the day before the roster first named it. [none]';
comment on column lake.site.opened_on is 'First day on which lines are expected, by the roster. [none]';
comment on column lake.site.closed_on is 'Last day on which lines are expected, by the roster; see lake.site_closure for those that people closed. [none]';
comment on column lake.site.name is 'Name of the shop, by the roster. [none]';
comment on column lake.site.mail is 'Where to write about the site, by the roster. [personal]';
