-- Of IPv6 a /64 is one source: whoever has an address there has them all. One row per client of $date in a
-- /64 that sent requests from another address too; source_id is the client that stands for all, and `prefix`
-- the name of all. Authorised scanners stay themselves.
create or replace table day_shared_client as
with client as (
    select client_id, client_ip, slash64_of(client_ip) as prefix
    from cached.client
    where contains(client_ip, ':')
),
seen as (
    select distinct client_id
    from today.request_fact
    where client_id in (select client.client_id from client)
),
own as (
    select client.*
    from client
    semi join seen using (client_id)
    anti join context_scanner_client using (client_id)
),
shared as (
    select prefix, min(client_id) as source_id
    from own
    group by prefix
    having count(distinct client_ip) > 1
)
select own.*, shared.source_id
from own
inner join shared using (prefix);

-- cached.client, with the /64 in place of the addresses in it, and the client that stands for all of them.
create or replace view day_client as
select
    client.* replace (coalesce(shared.prefix, client.client_ip) as client_ip),
    coalesce(shared.source_id, client.client_id) as source_id
from cached.client as client
left join day_shared_client as shared on shared.client_id = client.client_id;
