-- One row per day in $days (date[]) and request profile: how many of its requests carry each column, and
-- what else the daily aggregates of sites count. By the numbers of profiles, of which a site has a few dozen;
-- texts are looked up for those. Instants are compared, and hours counted, from the local midnight of the
-- session's time zone, so that days of 23 and 25 hours come out right. Reads requests of these days only: the
-- join with `day` prunes the partitions. [none]
create or replace temp table profile_day as
with day as (
    select given.log_date, epoch_us(given.log_date::timestamptz) as starts_at_us
    from (select distinct unnest($days::date[]) as log_date) as given
),

-- What has no text, or is not known at all, is lacking.
named_client as (
    select
        client.client_id,
        bool_or(
            client.client_host is not null
            or coalesce(dns.is_confirmed and dns.client_host is not null, false)
        ) as has_host,
        bool_or(client.country is not null) as has_country,
        bool_or(client.asn is not null) as has_asn
    from lake.client as client
    left join lake.reverse_dns as dns on dns.client_ip = client.client_ip
    where client.client_ip is not null
    group by client.client_id
)

select
    fact.log_date,
    fact.request_profile_id,
    count(*) as records,
    bit_or(1::bigint << greatest(0, least(24,
        (epoch_us(fact.time) - day.starts_at_us) // epoch_us(interval 1 hour)
    ))::integer) as hours,
    min(fact.time) as first_time,
    max(fact.time) as last_time,
    count(named_client.client_id) as with_ip,
    count(*) filter (where named_client.has_host) as with_host,
    count(*) filter (where named_client.has_country) as with_country,
    count(*) filter (where named_client.has_asn) as with_asn,
    count(agent.user_agent) as with_agent,
    count(fact.session_id) as with_session,
    count(fact.session_id) filter (where is_access(fact.status)) as accesses_with_session,
    count(fact.url_path) as with_path,
    count(fact.url_query) as with_query,
    count(fact.referrer) as with_referrer,
    count(fact.subject_id) as with_subject,
    count(fact.status) as with_status,
    count(*) filter (where fact.status = 200) as answered,
    count(fact.bytes) filter (where fact.status = 200) as answered_with_bytes,
    count(*) filter (where agent.is_bot) as bot_records,
    count(*) filter (where fact.status between 400 and 499) as client_errors,
    count(*) filter (where fact.status between 500 and 599) as server_errors,
    count(*) filter (where fact.status = 404) as not_found,
    count(*) filter (where is_access(fact.status)) as accesses,
    sum(fact.bytes) as bytes
from lake.request_fact as fact
inner join day on day.log_date = fact.log_date
left join named_client on named_client.client_id = fact.client_id
left join lake.agent as agent on agent.agent_id = fact.agent_id
group by fact.log_date, fact.request_profile_id;
