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
            order by (outcome = 'answered') desc, (outcome = 'failed') desc, is_login_after desc,
                weight desc, time, line_no
        )[1:web_examples()] as examples
    from (
        -- The same target once, the best of its answers.
        select *
        from reported
        qualify row_number() over (
            partition by site_id, client_ip, family, target
            order by (outcome = 'answered') desc, (outcome = 'failed') desc, time, line_no
        ) = 1
    )
    group by site_id, client_ip, family
),
source as (
    select
        site_id, client_ip, family,
        count(*) as tries,
        count(distinct target) as targets,
        bool_and(is_authorised) as is_authorised,
        count(*) filter (where outcome = 'answered') as successes,
        bool_or(outcome = 'answered' and not is_authorised) as is_answered,
        count(*) filter (where outcome = 'failed') as failures,
        bool_or(outcome = 'failed' and not is_authorised) as is_failed,
        bool_or(outcome = 'answered' and data_level > 0 and not is_authorised) as is_personal,
        count(distinct subject_id) filter (where outcome = 'answered' and data_level > 0)
            as subjects,
        max(data_level) filter (where outcome = 'answered') as data_level,
        bool_or(is_login_after and not is_authorised) as is_login_after,
        min(script_after) filter (where response <> 'refused' and not is_authorised) as script_after,
        arg_min(response, list_position(web_responses(), response)) as response,
        bool_or(response = 'unlike_usual' and not is_authorised) as is_unlike,
        min(time) as first_seen,
        max(time) as last_seen,
        source_evidence(time, status, user_id, country, user_agent) as seen,
        list_sort(list_distinct(flatten(list(places)))) as places,
        list_sort(list_distinct(flatten(list(signatures))))[1:8] as signatures
    from reported
    group by all
)
select
    source.* exclude (seen), unnest(source.seen), example.examples,
    campaign.targets as unauthorised_targets,
    beside.families_beside, coalesce(beside.is_beside_persistent, false) as is_beside_persistent
from source
left join campaign using (site_id, client_ip, family)
left join beside using (site_id, client_ip, family)
left join example using (site_id, client_ip, family);

-- The findings of one family, as the detectors give them. `result` is what severity and
-- strength rest on (sql/judgements/web-attack.yaml).
create or replace macro web_findings(name, persistent) as table
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
        'response': response,
        'afterwards': case
            when script_after is not null then 'script' when is_login_after then 'login' else 'nothing'
        end,
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
    case
        when is_authorised then 'authorised'
        when is_personal then 'personal'
        when is_answered then 'answered'
        when script_after is not null then 'followed'
        when unauthorised_targets >= persistent or is_beside_persistent or is_failed or is_login_after
            or (is_unlike and name <> 'scanner-user-agent') then 'persistent'
        else 'lone'
    end as result
from web_source
where family = name;
