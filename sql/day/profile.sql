-- Words of which there are few, by their numbers: a twentieth less to detect a day. One that nothing is
-- called is among them, since aggregates take no type without any.
create or replace type day_site as enum (
    select '' union select site_id from cached.request_profile where site_id is not null order by all
);
create or replace type day_user_type as enum (
    select 'unknown'
    union select user_type from cached.request_profile where user_type is not null
    -- A person is of the type that their spelling was given, also when its requests are gone.
    union select user_type from lake.user_alias where user_type is not null
    union select user_type from context_person where user_type is not null
    union select user_type from cached.session_user where log_date = $date and user_type is not null
    union select user_type from lake.service_user where log_date = $date and user_type is not null
    order by all
);
create or replace type day_resource as enum (
    select '' union select resource_id from cached.request_profile where resource_id is not null order by all
);
create or replace type day_resource_kind as enum (
    select '' union select resource_kind from cached.request_profile where resource_kind is not null order by all
);
create or replace type day_country as enum (
    select '' union select country from cached.client where country is not null order by all
);
create or replace type day_login_result as enum ('failure', 'success');
-- Of RFC 9110 and RFC 5789; clients can send as many others as they like, and none matters here.
create or replace type day_method as enum (
    'CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'
);
create or replace type day_reason as enum ('assignment', 'export', 'own record', 'team');

-- One row per request profile: the site, method, resource and result of a log-in.
create or replace table day_profile as
select
    request_profile_id, site_id::day_site as site_id, method,
    resource_id::day_resource as resource_id,
    resource_kind::day_resource_kind as resource_kind, data_level,
    login_result::day_login_result as login_result
from cached.request_profile;

-- The users whom service histories give to requests of $date, null for one of two: mostly none.
create or replace table day_service as
select event_id, user_id
from lake.service_user
where log_date = $date;

-- The requests of $date as lake.request has them, with their profiles in those words and one client for a
-- /64: what reads all of them reads them here, and whoever asks for users joins day_service too.
create or replace view day_log as
select
    fact.* exclude (request_profile_id, client_id), profile.* exclude (request_profile_id),
    coalesce(shared.source_id, fact.client_id) as client_id
from today.request_fact as fact
left join day_shared_client as shared on shared.client_id = fact.client_id
inner join day_profile as profile on profile.request_profile_id = fact.request_profile_id;
