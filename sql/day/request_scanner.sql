-- An address as text that sorts as addresses do, so that a network is a range of keys.
create or replace macro v6_side(ip, side) as
    list_filter(string_split(split_part(ip, '::', side), ':'), lambda part: part <> '');
create or replace macro address_key(ip) as
    case
        when contains(ip, ':') then '6' || array_to_string(list_transform(
            list_concat(
                v6_side(ip, 1),
                list_transform(
                    range(8 - len(v6_side(ip, 1)) - len(v6_side(ip, 2))), lambda part: '0'
                ),
                v6_side(ip, 2)
            ),
            lambda part: lpad(part, 4, '0')
        ), '')
        else '4' || array_to_string(list_transform(
            string_split(ip, '.'), lambda part: lpad(part, 3, '0')
        ), '')
    end;

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
