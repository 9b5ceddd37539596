-- What the detectors of web attacks have in common: the tries of $date by site, address and family.
-- Runs after response.sql. Tries of an authorised scanner within its window are counted apart.

create or replace macro web_target(url_path, url_query) as
    coalesce(url_path, '?') || coalesce('?' || url_query, '');

-- One row per site, address and family that has tries of its own: of a request with several families the
-- strongest alone counts it, and names the others.
create or replace table web_source as
with reported as (
    select * from web_result where is_reported
),
-- How far a family reaches, whichever reports the request: nobody gets below by mixing two.
campaign as (
    select
        tried.site_id, tried.client_ip, tried.family,
        count(distinct tried.target) filter (where not tried.is_authorised) as targets,
        any_value(coalesce(own.persistent_tries, general.persistent_tries)) as persistent
    from web_result as tried
    inner join web_family as general
        on general.family = tried.family and general.site_id is null
    left join web_family as own on own.family = tried.family and own.site_id = tried.site_id
    group by all
),
beside as (
    select
        mixed.site_id, mixed.client_ip, mixed.family,
        list(distinct mixed.other order by mixed.other) as families_beside,
        bool_or(campaign.targets >= campaign.persistent and mixed.other <> 'scanner-user-agent')
            as is_beside_persistent
    from (
        select site_id, client_ip, family, unnest(beside) as other from reported
    ) as mixed
    inner join campaign
        on campaign.site_id = mixed.site_id and campaign.client_ip = mixed.client_ip
        and campaign.family = mixed.other
    group by all
),
-- The try whose answer differs most from what the page is usually gives.
told as (
    select * from reported
    where response = 'unlike_usual' and status between 200 and 299
    qualify row_number() over (
        partition by site_id, client_ip, family
        order by abs(bytes::bigint - largest::bigint) desc nulls last, time, line_no
    ) = 1
),
example as (
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
            from reported
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
    from (select site_id, client_ip, family, unnest(signatures) as signature from reported)
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
        min(script_after) filter (where response <> 'refused' and not is_authorised) as script_after,
        count(*) filter (where response = 'refused') as refused,
        count(*) filter (where response = 'as_usual') as as_usual,
        count(*) filter (where response = 'unlike_usual') as unlike_usual,
        count(*) filter (where response = 'unlike_usual' and not is_authorised)
            as unauthorised_unlike,
        count(*) filter (where response = 'not_comparable') as not_comparable,
        max(weight) as weight,
        min(time) as first_seen,
        max(time) as last_seen,
        source_evidence(time, status, user_id, country, user_agent) as seen,
        list_sort(list_distinct(flatten(list(places)))) as places
    from reported
    group by all
)
select
    source.* exclude (seen), unnest(source.seen), example.examples, named.signatures,
    campaign.targets as unauthorised_targets,
    beside.families_beside, coalesce(beside.is_beside_persistent, false) as is_beside_persistent,
    told.bytes as told_bytes, told.smallest as told_smallest, told.largest as told_largest
from source
left join campaign using (site_id, client_ip, family)
left join beside using (site_id, client_ip, family)
left join told using (site_id, client_ip, family)
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
            when source.script_after is not null then 'followed'
            when source.unauthorised_targets >= persistent or source.is_beside_persistent
                or source.unauthorised_failures > 0 or source.is_login_after
                or (source.unauthorised_unlike > 0 and name <> 'scanner-user-agent') then 'persistent'
            else 'lone'
        end as result,
        case
            when source.unlike_usual > 0 then 'unlike_usual'
            when source.not_comparable > 0 then 'not_comparable'
            when source.as_usual > 0 then 'as_usual'
            else 'refused'
        end as response,
        case
            when source.script_after is not null then 'script'
            when source.is_login_after then 'login'
            else 'nothing'
        end as afterwards
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
        'response': response,
        'responses_refused': nullif(refused, 0),
        'responses_as_usual': nullif(as_usual, 0),
        'responses_unlike_usual': nullif(unlike_usual, 0),
        'responses_not_comparable': nullif(not_comparable, 0),
        'answer_bytes': told_bytes,
        'usual_bytes_from': case when told_bytes is not null then told_smallest end,
        'usual_bytes_to': case when told_bytes is not null then told_largest end,
        'afterwards': afterwards,
        'login_after': nullif(is_login_after, false),
        'script_after': script_after,
        'families_beside': families_beside,
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
