-- Who names a tool of attack is a finding by that; who names nothing, or what cannot be, is one when it
-- is busy and looks for what is not there. A name is only a word: neither is more than medium.
with named as (
    select * replace (struct_insert(evidence, agent := evidence.browsers[1]) as evidence)
    from web_findings('scanner-user-agent', $persistent_tries)
),
nameless as (
    select
        site_id, client_ip,
        first_seen, last_seen, nameless as tries,
        {
            'observed': nameless,
            'unit': 'requests',
            'misses': nameless_misses,
            'agent': coalesce(unusual_agent, '-'),
            'countries': case when country is not null then [country] end
        } as evidence
    from web_address
    anti join day_search_crawler as crawler
        on crawler.site_id = web_address.site_id and crawler.client_ip = web_address.client_ip
    where nameless >= $nameless_requests
        and nameless_misses >= half(nameless)
        and not is_authorised
)
select
    site_id, 'ip' as actor_kind, actor, first_seen, last_seen, event_count, subject_count,
    to_json(evidence) as evidence, tries, result
from named
union all
select
    site_id, 'ip' as actor_kind, client_ip as actor, first_seen, last_seen, tries as event_count,
    0 as subject_count, to_json(evidence) as evidence, tries, 'nameless' as result
from nameless
anti join named on named.site_id = nameless.site_id and named.actor = nameless.client_ip
