-- What the detectors of web attacks have in common: the tries of $date by site, address and family.
-- Runs after attack.sql. Tries of an authorised scanner within its window are counted apart.

create or replace macro web_target(url_path, url_query) as
    coalesce(url_path, '?') || coalesce('?' || url_query, '');

-- One row per site, address and family.
create or replace table web_source as
with example as (
    select
        site_id, client_ip, family,
        list(
            concat_ws(
                ' ', status::varchar, method, web_target(url_path, url_query),
                case
                    when list_has_any(places, ['path', 'query']) then null
                    when list_contains(places, 'referrer') then '(referrer: ' || referrer || ')'
                    else '(agent: ' || user_agent || ')'
                end
            )
            order by place
        ) as examples
    from (
        select
            *,
            row_number() over (
                partition by site_id, client_ip, family order by
                    (outcome = 'answered') desc, (outcome = 'failed') desc, is_login_after desc,
                    weight desc, time, line_no
            ) as place
        from (
            -- The same target once, the best of its answers.
            select *
            from web_result
            qualify row_number() over (
                partition by site_id, client_ip, family, target
                order by (outcome = 'answered') desc, (outcome = 'failed') desc, time, line_no
            ) = 1
        )
    )
    where place <= web_examples()
    group by site_id, client_ip, family
),
signature as (
    select site_id, client_ip, family, signature, count(*) as tries
    from (select site_id, client_ip, family, unnest(signatures) as signature from web_result)
    group by all
),
named as (
    select site_id, client_ip, family,
        list(signature order by tries desc, signature)[1:8] as signatures
    from signature
    group by all
),
source as (
    select
        site_id, client_ip, family,
        count(*) as tries,
        count(distinct target) as targets,
        bool_and(is_authorised) as is_authorised,
        count(*) filter (where is_authorised) as authorised_tries,
        count(distinct target) filter (where not is_authorised) as unauthorised_targets,
        count(*) filter (where outcome = 'answered') as successes,
        count(*) filter (where outcome = 'answered' and not is_authorised) as unauthorised_successes,
        count(*) filter (where outcome = 'failed') as failures,
        count(*) filter (where outcome = 'failed' and not is_authorised) as unauthorised_failures,
        count(*) filter (where outcome = 'answered' and data_level > 0 and not is_authorised)
            as personal_successes,
        count(distinct subject_id) filter (where outcome = 'answered' and data_level > 0)
            as subjects,
        max(data_level) filter (where outcome = 'answered') as data_level,
        bool_or(is_login_after and not is_authorised) as is_login_after,
        max(weight) as weight,
        min(time) as first_seen,
        max(time) as last_seen,
        source_evidence(time, status, user_id, country, user_agent) as told,
        list_sort(list_distinct(flatten(list(places)))) as places
    from web_result
    group by all
)
select source.* exclude (told), unnest(source.told), example.examples, named.signatures
from source
left join example using (site_id, client_ip, family)
left join named using (site_id, client_ip, family);

-- The findings of one family, as the detectors give them. `result` is what severity and
-- strength rest on (sql/judgements/web-attack.yaml).
create or replace macro web_findings(name, persistent) as table
with judged as (
    select
        source.*,
        case
            when source.is_authorised then 'authorised'
            when source.personal_successes > 0 then 'personal'
            when source.unauthorised_successes > 0 then 'answered'
            when source.unauthorised_targets >= persistent or source.unauthorised_failures > 0
                or source.is_login_after then 'persistent'
            else 'lone'
        end as result
    from web_source as source
    where source.family = name
)
select
    site_id,
    'ip' as actor_kind,
    client_ip as actor,
    first_seen,
    last_seen,
    tries as event_count,
    subjects as subject_count,
    {
        'observed': tries,
        'unit': 'attempts',
        'targets': targets,
        'successes': successes,
        'failures': nullif(failures, 0),
        'declared': nullif(authorised_tries, 0),
        'login_after': nullif(is_login_after, false),
        'data_level': data_level,
        'statuses': statuses,
        'series': series,
        'paths': examples,
        'signatures': signatures,
        'places': places,
        'users': users,
        'countries': countries,
        'browsers': browsers
    } as evidence,
    tries,
    result
from judged;
