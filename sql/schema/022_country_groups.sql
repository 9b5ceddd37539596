-- Countries whose residents' data is under a law of its own.

create table lake.country_group (
    country varchar, country_group varchar, valid_from date, valid_to date, source varchar
);
comment on table lake.country_group is '国一つにつき一行：その住民のデータにどの法令がかかるか / One row per country and period whose residents'' data is under a law of its own: the group by which lake.request_country marks records. From pipelines/normalise/country_groups.yaml. [none]';
comment on column lake.country_group.country is 'ISO 3166-1 alpha-2 code. [none]';
comment on column lake.country_group.country_group is 'japan, eea or uk; a country that is not listed is other. [none]';
comment on column lake.country_group.valid_from is 'First day of the period. [none]';
comment on column lake.country_group.valid_to is 'Last day of the period; null while it lasts. [none]';
comment on column lake.country_group.source is 'Source of the list, in Japanese and English. [none]';
