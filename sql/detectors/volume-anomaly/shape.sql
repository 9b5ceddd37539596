-- One row per site with what the flood is made of: who made it, and when.

-- Who made the excess: only now are the day's records of these sites read.
with flooded as (
    select
        site_id,
        $day_begins_at::timestamptz + to_hours(from_hour::int) as from_at,
        $day_begins_at::timestamptz + to_hours((from_hour + span_hours)::int) as to_at
    from unusual
    where direction = 'up'
),
bot as (
    select agent_id from cached.agent where is_bot
),
client_load as (
    select
        flooded.site_id, request.client_id,
        any_value(client.client_ip) as client_ip,
        any_value(subnet_of(client.client_ip)) as subnet,
        count(*) as records,
        -- Log-ins, users, personal data and tries that fail have detectors of their own.
        count(*) filter (where request.user_id is not null or request.resource_id is not null
            or request.status >= 400) as covered_records
    from flooded
    inner join day_log as request
        on request.site_id = flooded.site_id
        and request.time >= flooded.from_at
        and request.time < flooded.to_at
    anti join bot on bot.agent_id = request.agent_id
    left join day_client as client on client.client_id = request.client_id
    group by flooded.site_id, request.client_id
),
subnet_load as (
    select site_id, subnet, sum(records) as records, sum(covered_records) as covered_records
    from client_load
    where subnet is not null
    group by site_id, subnet
),
known_client as (
    select client_id from context_scanner_client
    union
    select client_load.client_id
    from client_load
    inner join day_search_crawler as crawler
        on crawler.client_ip = client_load.client_ip and crawler.site_id = client_load.site_id
),
source as (
    select
        client_load.site_id,
        max(client_load.records) as top_records,
        max(client_load.records) filter (where known_client.client_id is null)
            as top_unknown_records,
        arg_max(client_load.covered_records / client_load.records, client_load.records)
            as top_covered_share,
        list(client_load.client_ip order by client_load.records desc, client_load.client_ip)[1:10] as addresses,
        count(*) as address_count
    from client_load
    left join known_client on known_client.client_id = client_load.client_id
    group by client_load.site_id
)
select
    unusual.*, source.addresses as top_addresses, source.address_count,
    source.top_records, source.top_unknown_records, source.top_covered_share,
    subnet.records as subnet_records, subnet.covered_share as subnet_covered_share,
    unusual.records - unusual.expected as excess,
    night.share as night_share
from unusual
left join source on source.site_id = unusual.site_id
left join (
    select site_id, max(records) as records,
        arg_max(covered_records / records, records) as covered_share
    from subnet_load
    group by site_id
) as subnet on subnet.site_id = unusual.site_id
left join (
    select
        hours.site_id,
        sum(hours.records - hours.usual) filter (
            where hours.usual < $asleep_share * (
                select max(other.usual) from hour_of_site as other
                where other.site_id = hours.site_id and other.kind = hours.kind
            )
        ) / nullif(sum(hours.records - hours.usual), 0) as share
    from hour_of_site as hours
    where hours.kind = 'class'
    group by hours.site_id
) as night on night.site_id = unusual.site_id
