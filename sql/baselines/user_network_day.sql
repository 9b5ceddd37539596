-- One row per user, day, network and subnet with a request that was not refused, of
-- named_request.
select
    request.log_date,
    request.user_id,
    client.country,
    client.asn,
    network_of(client.client_ip) as network,
    subnet_of(client.client_ip) as subnet,
    count(*) as requests,
    min(request.time) as first_time,
    max(request.time) as last_time,
    count(*) filter (where request.data_level > 0 and is_access(request.status))
        as personal_accesses
from named_request as request
inner join lake.client as client on client.client_id = request.client_id
where is_admitted(request.status, request.login_result)
    and client.client_ip is not null
group by request.log_date, request.user_id, client.country, client.asn, network, subnet
