-- Who names a tool of attack is a finding by that; who names nothing, or what cannot be, is one when it
-- is busy and looks for what is not there. A name is only a word: neither is more than medium.
with named as (
    select
        site_id, client_ip, score, first_seen, last_seen, tries, evidence,
        case when result = 'declared' then 'info' when result = 'insistent' then 'medium' else 'low' end
            as level
    from web_findings('scanner-user-agent', $insistent_tries)
),
nameless as (
    select
        site_id, client_ip,
        least(100, 10 + 10 * log10(nameless)) as score,
        first_seen, last_seen, nameless as tries,
        {
            'observed': nameless,
            'unit': 'requests',
            'misses': nameless_misses,
            'agent': coalesce(odd_agent, '-'),
            'countries': case when country is not null then [country] end
        } as evidence
    from web_address
    where nameless >= $nameless_requests
        and nameless_misses >= $nameless_misses * nameless
        and not is_declared
        and not is_verified_crawler
),
found as (
    select
        named.site_id, named.client_ip, named.level, named.score, named.first_seen, named.last_seen,
        named.tries, 0 as subjects,
        struct_insert(named.evidence, agent := named.evidence.browsers[1]) as evidence
    from named
)
select
    site_id, 'ip' as actor_kind, client_ip as actor,
    case level when 'medium' then 'medium' when 'low' then 'low' else 'info' end as severity,
    score, first_seen, last_seen, tries as event_count, subjects as subject_count,
    to_json(evidence) as evidence
from found
union all
select
    site_id, 'ip' as actor_kind, client_ip as actor, 'medium' as severity, score, first_seen, last_seen,
    tries as event_count, 0 as subject_count, to_json(evidence) as evidence
from nameless
anti join named using (site_id, client_ip)
