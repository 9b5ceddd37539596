create or replace view lake.request_country as
select
    request.event_id, request.time, request.log_date, request.site_id, request.client_id,
    client.country,
    case when client.country is not null then coalesce(listed.country_group, 'other') end as country_group
from lake.request as request
left join lake.client as client on client.client_id = request.client_id
left join lake.country_group as listed
    on listed.country = client.country
    and request.log_date between listed.valid_from and coalesce(listed.valid_to, request.log_date);
comment on view lake.request_country is 'リクエスト一件につき一行：接続元の国と、その住民のデータにかかる法令による組 / One row per request: the country of the client''s address, and its group by the law that residents'' data is under. [pseudonym]';
-- column country: 接続元アドレスの国（ISO 3166-1） / Country of the client's address, ISO 3166-1 alpha-2. [none]
-- column country_group: japan・eea・uk・other（ほかの国）。国がわからなければ空。lake.country_group を見よ / japan, eea, uk or other; null when the country is not known; see lake.country_group. [none]
