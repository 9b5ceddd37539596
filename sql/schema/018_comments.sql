-- The tables of the renamed terms say in both languages what they hold.

comment on table lake.request_profile is 'リクエストプロファイル（多くのリクエストに共通の値）一つにつき一行 / One row per request profile: the site, host, method, protocol, type of user, personal-data resource and outcome of a log-in that requests have in common. [none]';
comment on table lake.subnet_day is 'サイト・日・サブネットごとに一行：利用者を名乗ったもの、ログインを試みたもの、個人データを求めたもの / One row per site, day and subnet that named a user, tried to log in or asked for personal data: which networks offices, carriers and attackers use. [pseudonym]';
comment on table lake.user_network_day is '利用者・日・ネットワークごとに一行：ふだんどこから使うか / One row per user, day and network with a successful request: where a user usually connects from. [personal]';
comment on table lake.user_alias is '利用者の別名（大文字小文字やドメインの違い）一つにつき一行 / One row per alias, another spelling of a user name: other case, or with or without the domain before a backslash. [personal]';
comment on table lake.request_fact is 'リクエスト一件につき一行。lake.access_log か lake.request から読みます / One row per request that a server logged; partitioned by log_date. Read it through lake.request, which adds the request profile, or lake.access_log, which adds client and agent too. [personal]';
