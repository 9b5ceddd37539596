-- One row per user, day and network with a request that was not refused, for the days in $days.
-- A network is the first 16 bits of an IPv4 address, the first two groups of an IPv6 one.
select
    request.log_date,
    request.user_id,
    client.country,
    client.asn,
    case
        when contains(client.client_ip, ':')
            then array_to_string(string_split(client.client_ip, ':')[1:2], ':') || '::/32'
        else array_to_string(string_split(client.client_ip, '.')[1:2], '.') || '.0.0/16'
    end as network,
    count(*) as requests,
    min(request.time) as first_time
from lake.request as request
inner join lake.client as client on client.client_id = request.client_id
where request.log_date in (select unnest($days::date[]))
    and request.user_id is not null
    and request.status < 400
    and client.client_ip is not null
group by request.log_date, request.user_id, client.country, client.asn, network
