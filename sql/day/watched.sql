-- The requests of $date for the data of a subject under watch (context: watch), whatever the answer: one
-- row per request and entry of the list. `watched_as` is the kind of entry, `named_user` the user whom it
-- names, `watch_reason` its words. Runs after request*.sql; empty without such a list. [personal]
create or replace table watched_request as
with seen as (
    select distinct subject_id
    from day_request
    where subject_id is not null and exists (from context_watch)
),
plain as (
    select subject_id, coalesce(try(url_decode(subject_id)), subject_id) as plain from seen
),
-- The whole, and each of its parts, with and without points: servers and those behind them read the same
-- record in 10038078.json, 10038078;v=1, 1,10038078 (a parameter given twice), +10038078 or 10038078%23. What
-- stands in brackets is a stand-in.
form as (
    select subject_id, unnest(list_distinct(flatten([
        [subject_id, plain],
        regexp_extract_all(plain, '\[[^\[\]]+\]|[\pL\pN_@.-]+'),
        list_transform(regexp_extract_all(plain, '[\pL\pN_@-]+'), lambda part: trim(part, '-_@'))
    ]))) as form
    from plain
),
hashed as (
    select subject_id, watched_hash(form) as subject_hash from form where form <> ''
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
