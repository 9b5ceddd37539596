-- Tables and columns named by the standard term, see docs/glossary.md. Rows stay as they are.

alter table lake.kind rename to request_profile;
alter table lake.request_profile rename column kind_id to request_profile_id;
comment on table lake.request_profile is 'リクエストプロファイル（多くのリクエストに共通の値）一つにつき一行 / One row per request profile: the site, host, method, protocol, type of user, personal-data resource and outcome of a log-in that requests have in common. [none]';
comment on column lake.request_profile.seen_at is 'Instant of the ingest that first saw the profile. [none]';
alter table lake.request_fact rename column kind_id to request_profile_id;
comment on table lake.request_fact is 'リクエスト一件につき一行。lake.access_log か lake.request から読みます / One row per request that a server logged; partitioned by log_date. Read it through lake.request, which adds the request profile, or lake.access_log, which adds client and agent too. [personal]';
comment on column lake.request_fact.request_profile_id is 'Request profile, see lake.request_profile. [none]';

alter table lake.block_day rename to subnet_day;
alter table lake.subnet_day rename column block to subnet;
comment on table lake.subnet_day is 'サイト・日・サブネットごとに一行：利用者を名乗ったもの、ログインを試みたもの、個人データを求めたもの / One row per site, day and subnet that named a user, tried to log in or asked for personal data: which networks offices, carriers and attackers use. [pseudonym]';
comment on column lake.subnet_day.subnet is 'Subnet: the first 24 bits of an IPv4 address, the first 48 bits of an IPv6 one, as a prefix. [pseudonym]';

alter table lake.user_place rename to user_network_day;
alter table lake.user_network_day rename column block to subnet;
comment on table lake.user_network_day is '利用者・日・ネットワークごとに一行：ふだんどこから使うか / One row per user, day and network with a successful request: where a user usually connects from. [personal]';
comment on column lake.user_network_day.subnet is 'Subnet: the first 24 bits of an IPv4 address, the first 48 bits of an IPv6 one, as a prefix. [pseudonym]';

alter table lake.user_spelling rename to user_alias;
comment on table lake.user_alias is '利用者の別名（大文字小文字やドメインの違い）一つにつき一行 / One row per alias, another spelling of a user name: other case, or with or without the domain before a backslash. [personal]';
comment on column lake.user_alias.usual_id is 'The usual spelling, under which aggregates and findings have the user. [personal]';
comment on column lake.user_alias.seen_on is 'Day in the configured zone on which the alias was first seen. [none]';

comment on table lake.user_hour is 'One row per site, user, day and hour with access to personal data: at which hours a user and a shift usually work. [personal]';
comment on table lake.user_agent_day is 'One row per user, day and browser with a successful request: what a user usually works with. [personal]';
comment on table lake.resource_day is 'One row per site, personal-data resource and day with a request for it: how a resource is usually used. [none]';

alter table lake.incident rename column is_above_fold to is_within_budget;
comment on column lake.incident.is_within_budget is 'True when the night''s budget has a place for the incident. [none]';
