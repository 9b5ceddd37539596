-- Which accesses to personal data have a reason on record: its kind is `reason` of day_request, its
-- words are in access_reason. Nothing here can be written by whoever writes log lines: entries
-- name user and subject, and an id is a person's own only where the system gave both the same number.
-- Trips, rosters, scanners and assignments by site are reasons for a place, an hour or a site, not
-- for a record, and stay with the detectors that ask for these.
create or replace table access_reason as
with record_access as (
    select rowid as request_row, user_id, site_id, time, subject_key(subject_id) as subject_key
    from day_request
    where is_personal
        and resource_kind = 'record'
        and (
            user_id in (select user_id from context_subject)
            or user_id in (select user_id from context_team)
        )
),
export_access as (
    select rowid as request_row, user_id, site_id, time, resource_id, resource_kind
    from day_request
    where is_personal
        and resource_kind in ('export', 'list')
        and user_id in (select user_id from context_export)
),
candidate as (
    select access.request_row, 1 as place, 'assignment' as source, entry.reason
    from record_access as access
    inner join context_subject as entry
        on entry.user_id = access.user_id and entry.subject_key = access.subject_key
    where access.time between entry.from_at and entry.to_at
        and coalesce(entry.site_id = access.site_id, true)
    union all
    select access.request_row, team_reason_place() as place, 'team' as source, entry.reason
    from record_access as access
    inner join context_team as member on member.user_id = access.user_id
    inner join context_subject as entry
        on entry.team = member.team and entry.subject_key = access.subject_key
    where access.time between entry.from_at and entry.to_at
        and coalesce(entry.site_id = access.site_id, true)
    union all
    -- A list counts as an export only where the approval names it.
    select access.request_row, export_reason_place() as place, 'export' as source, entry.reason
    from export_access as access
    inner join context_export as entry on entry.user_id = access.user_id
    where access.time between entry.from_at and entry.to_at
        and coalesce(entry.site_id = access.site_id, true)
        and coalesce(entry.resource_id = access.resource_id, access.resource_kind = 'export')
)
select request_row, min({'place': place, 'source': source, 'reason': reason}) as found
from candidate
group by request_row;

update day_request
set reason = access_reason.found.source
from access_reason
where day_request.rowid = access_reason.request_row;
