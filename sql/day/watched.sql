-- The requests of $date for the data of a subject under watch (context: watch), whatever the answer: one
-- row per request and entry of the list. `watched_as` is the kind of entry, `named_user` the user whom it
-- names, `watch_reason` its words. Runs after request*.sql; empty without such a list. [personal]
create or replace table watched_request as
with seen as (
    select distinct subject_id
    from day_request
    where subject_id is not null and exists (from context_watch)
),
-- Also what stands before an ending or a parameter of the path: 10038078.json, 10038078;v=1.
form as (
    select subject_id, unnest(list_distinct([
        subject_id, nullif(regexp_extract(subject_id, '^([^.;]+)[.;]', 1), '')
    ])) as form
    from seen
),
hashed as (
    select subject_id, watched_hash(form) as subject_hash from form where form is not null
),
entry as (
    select unnest(list_prepend(subject_hash, stand_in_hashes)) as subject_hash, kind, site_id, user_id, reason
    from context_watch
),
watched as (
    select distinct hashed.subject_id, entry.kind, entry.site_id, entry.user_id, entry.reason
    from hashed
    inner join entry using (subject_hash)
)
select
    request.rowid as request_row, request.*, watched.kind as watched_as, watched.user_id as named_user,
    watched.reason as watch_reason
from day_request as request
inner join watched
    on watched.subject_id = request.subject_id
    and coalesce(watched.site_id = request.site_id, true);
