-- Hour and minute of the day by minutes since midnight, which a day with a change of the clock shifts:
-- calendar functions on every record would take longer than all that reads them.
create or replace table day_minute as
with slot as (
    select number, $day_begins_at::timestamptz + to_minutes(number) as minute_at
    from (select unnest(range(longest_day_minutes())) as number)
)
select
    number, minute_at, hour(minute_at) as hour,
    hour(minute_at) * minutes_an_hour() + minute(minute_at) as minute_of_day
from slot;

-- The rows of $date that detectors look at: whoever named a user, tried to log in, asked for personal
-- data or had a personal value masked, with the client's subnet beside them. One scan of the day.
-- `is_named`: the line names a user, or a service history does, be it one of two.
-- `reason`: its kind, of a person's own record here, of all others in request_reason.sql. `method` is
-- null for one that no standard has. `is_pseudonymous`: a pseudonym stands in place of the user, of which no
-- directory, list of rights or roster can know.
create or replace table day_request as
with client as (
    select
        client_id, source_id, client_ip, country, asn, subnet_of(client_ip) as subnet
    from day_client
),
bot as (
    select agent_id from cached.agent where is_bot group by agent_id
),
-- By what was done to the rows, not by the look of a name, which whoever writes lines could choose.
nobody as (
    select distinct coalesce(fact.user_id, service.user_id) as user_id
    from today.request_fact as fact
    left join day_service as service on service.event_id = fact.event_id
    where fact.pseudonym_epoch is not null and coalesce(fact.user_id, service.user_id) is not null
)
select
    request.time, request.site_id::day_site as site_id,
    coalesce(client.source_id, request.client_id) as client_id, request.agent_id,
    client.client_ip, client.subnet, client.country::day_country as country, client.asn,
    bot.agent_id is not null as is_bot,
    request.user_id, coalesce(request.user_type, 'unknown')::day_user_type as user_type,
    request.user_source is not null and not request.is_credited as is_named,
    nobody.user_id is not null as is_pseudonymous,
    request.session_id,
    try_cast(request.method as day_method) as method, request.status, request.bytes,
    request.resource_id::day_resource as resource_id,
    request.resource_kind::day_resource_kind as resource_kind, request.data_level,
    request.subject_id,
    subject_number(request.subject_id) as subject_number,
    request.login_result::day_login_result as login_result,
    coalesce(is_access(request.status), false) as is_access,
    coalesce(request.data_level > 0 and is_access(request.status), false) as is_personal,
    day_minute.hour, day_minute.minute_of_day,
    request.line_no,
    case
        when is_personal
            and request.resource_kind = 'record'
            and coalesce(request.user_type, 'unknown') = 'customer'
            and subject_key(request.subject_id) in (request.user_id, own_number(request.user_id))
            then 'own record'
    end::day_reason as reason
from lake.person_request as request
inner join day_minute
    on day_minute.number
        = (epoch_us(request.time) - epoch_us($day_begins_at::timestamptz)) // microseconds_a_minute()
left join client on client.client_id = request.client_id
left join bot on bot.agent_id = request.agent_id
left join nobody on nobody.user_id = request.user_id
where request.log_date = $date
    and (
        request.user_id is not null
        or request.resource_id is not null
        or len(request.redactions) > 0
    );

-- One row per user and address from which the server let the user in on $date. Whoever is refused may have named
-- anybody: elsewhere a refused request is the address's.
create or replace table day_let_in as
select distinct user_id, client_ip
from day_request
where user_id is not null and (is_access or login_result = 'success');
