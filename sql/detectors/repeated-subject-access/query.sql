-- One person's data, looked at by one user on many days of four weeks, though nothing was going on: nobody
-- else dealt with the person, who was not there themselves, and no assignment was in force. Left out are
-- those whose work it is to see the same people, and what chance brings about where a user sees most of the
-- people that there are. Days of the past are those of the sample that is kept of each user's day, which is
-- all of them up to sampled_subjects().
with known as (
    select distinct usual_id as user_id from context_person
),
candidate as (
    select pair.*, subject_spelling(pair.subject_id) as spelling,
        known.user_id is not null as is_known,
        count(*) over (partition by pair.site_id, pair.user_id) as repeated
    from repeated_pair as pair
    left join known using (user_id)
    where pair.days >= $min_days
    qualify repeated <= household_subjects()
),
seen_day as (
    select distinct log_date, site_id, user_id, subject
    from (
        select log_date, site_id, user_id, unnest(subjects) as subject
        from past.user_subject_day
        where log_date > $date - days_of_repetition()
            and user_id in (select candidate.user_id from candidate)
    )
),
-- On how many days a user sees a person whom they see at all.
own_usual as (
    select site_id, user_id, count(*) / count(distinct subject) as mean_days,
        count(distinct subject) as subjects
    from seen_day
    group by site_id, user_id
),
pair_day as (
    select seen_day.* from seen_day semi join candidate using (site_id, user_id, subject)
    union all
    select $date as log_date, site_id, user_id, subject from candidate
),
-- What shows that there was something to do for the person: a colleague's look, their own visit, a record of
-- an application that is not the user's own. To whom the list of people knows, nobody else is a colleague.
event as (
    select other.log_date, candidate.site_id, candidate.user_id, candidate.subject
    from (
        select log_date, site_id, user_id, unnest(subjects) as subject
        from past.user_subject_day
        where log_date > $date - days_of_repetition() - $matter_days::int
            and user_type is distinct from 'customer'
            and exists (from candidate)
    ) as other
    inner join candidate
        on candidate.site_id = other.site_id and candidate.subject = other.subject
        and candidate.user_id <> other.user_id
    where not candidate.is_known or other.user_id in (select known.user_id from known)
    union
    select $date as log_date, candidate.site_id, candidate.user_id, candidate.subject
    from candidate
    inner join day_request as other
        on other.site_id::varchar = candidate.site_id
        and subject_spelling(other.subject_id) = candidate.spelling
    where other.is_access and not other.is_bot
        and other.user_id is not null and other.user_id <> candidate.user_id
        and (
            not candidate.is_known or other.user_type = 'customer'
            or other.user_id in (select known.user_id from known)
        )
    union
    select user_day.log_date, candidate.site_id, candidate.user_id, candidate.subject
    from (
        select log_date, site_id, user_id, own_number(user_id) as number
        from past.user_day
        where log_date > $date - days_of_repetition() - $matter_days::int and user_type = 'customer'
            -- Quick, and true of every id that is the subject's.
            and lower(right(user_id, 1)) in (select right(candidate.spelling, 1) from candidate)
    ) as user_day
    inner join candidate
        on candidate.spelling = coalesce(user_day.number, lower(user_day.user_id))
    union
    select record.log_date, candidate.site_id, candidate.user_id, candidate.subject
    from lake.service_record as record
    inner join candidate
        on candidate.site_id = record.site_id
        and candidate.spelling = subject_spelling(record.subject_id)
    left join context_person as person on person.user_id = record.user_id
    where record.log_date between $date - days_of_repetition() - $matter_days::int and $date
        and coalesce(person.usual_id, record.user_id) <> candidate.user_id
),
assignment as (
    select candidate.site_id, candidate.user_id, candidate.subject, entry.from_at, entry.to_at
    from candidate
    inner join context_subject as entry
        on subject_spelling(entry.subject_key) = candidate.spelling
        and coalesce(entry.site_id = candidate.site_id, true)
    where entry.user_id = candidate.user_id
        or entry.team in (
            select member.team from context_team as member where member.user_id = candidate.user_id
        )
),
idle_day as (
    select pair_day.*
    from pair_day
    semi join candidate using (site_id, user_id, subject)
    where not exists (
            select 1
            from event
            where event.site_id = pair_day.site_id and event.user_id = pair_day.user_id
                and event.subject = pair_day.subject
                and event.log_date between pair_day.log_date - $matter_days::int and pair_day.log_date
        )
        and not exists (
            select 1
            from assignment
            where assignment.site_id = pair_day.site_id and assignment.user_id = pair_day.user_id
                and assignment.subject = pair_day.subject
                and pair_day.log_date between assignment.from_at::date and assignment.to_at::date
        )
),
idle as (
    select
        site_id, user_id, subject,
        count(*) as days,
        max(log_date) - min(log_date) + 1 as span_days,
        min(log_date) as first_day
    from idle_day
    group by all
    having count(*) >= $min_days and max(log_date) = $date
),
-- Of whom an open case tells already; a finding names ten people.
reported as (
    select distinct site_id, user_id, subject_hash(subject_id) as subject
    from (
        select
            case_day.site_id, case_day.actor as user_id,
            unnest((finding.evidence -> '$.subjects')::varchar[]) as subject_id
        from excluded_days as case_day
        inner join lake.findings as finding
            on finding.finding_id = case_day.finding_id and finding.date = case_day.from_day
        where case_day.detector = 'repeated-subject-access' and case_day.actor_kind = 'user'
    )
),
found as (
    select
        candidate.site_id, candidate.user_id,
        any_value(candidate.user_type) as user_type,
        max(idle.days) as days,
        max(idle.span_days) as span_days,
        count(*) as subjects,
        sum(candidate.accesses) as accesses,
        max(candidate.data_level) as data_level,
        min(candidate.first_seen) as first_seen,
        max(candidate.last_seen) as last_seen,
        count(reported.subject) as reported_subjects,
        first_ten(list(candidate.subject_id)) as subject_ids,
        first_ten(flatten(list(candidate.spellings))) as spellings,
        min(idle.first_day)::varchar as first_day
    from candidate
    inner join idle using (site_id, user_id, subject)
    left join reported using (site_id, user_id, subject)
    group by candidate.site_id, candidate.user_id
),
judged as (
    select
        found.*, own_usual.mean_days,
        -- Whoever came back once is as likely to come back again: of some matters there is more to do.
        least(1.0, own_usual.subjects * geometric_tail(found.days - 1, own_usual.mean_days - 1))
            as chance,
        found.days >= $many_days and is_most(found.days, found.span_days) as is_on_most_days,
        found.reported_subjects >= len(found.subject_ids) as is_reported
    from found
    inner join own_usual using (site_id, user_id)
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    accesses::bigint as event_count,
    subjects as subject_count,
    {
        'observed': days,
        'expected': round(mean_days, 1),
        'upper': $min_days - 1,
        'unit': 'days',
        'baseline': 'own',
        'baseline_days': days_of_repetition(),
        'p_value': printf('%.1e', chance)::double,
        'span_days': span_days,
        'first_day': first_day,
        'data_level': data_level,
        'user_type': user_type,
        'subjects': spellings
    } as evidence,
    span_days,
    chance,
    is_on_most_days,
    is_reported
from judged
where chance <= $max_chance or is_on_most_days
