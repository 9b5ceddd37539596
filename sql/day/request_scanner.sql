-- The clients that belong to an authorised scanner: join by client_ip or client_id, and by time.
-- Of all clients ever seen, a key is made only for those whose text begins as the network's does.
create or replace table context_scanner_client as
with near as materialized (
    select client.client_id, client.client_ip, scanner.*
    from lake.client as client
    inner join context_scanner as scanner on starts_with(client.client_ip, scanner.prefix)
)
select client_id, client_ip, from_at, to_at, reason
from near
where address_key(client_ip) between first_key and last_key;
