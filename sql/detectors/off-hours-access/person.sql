-- One row per person, site and part of the day in which they read more than a call: with what others and they
-- themselves did at such times before.
with person as (
    select
        site_id, user_id, any_value(user_type) as user_type, band,
        any_value(is_day_off) as is_day_off,
        count(*) as accesses,
        count(distinct subject_id) as subjects,
        min(time) as first_seen,
        max(time) as last_seen,
        max(data_level) as data_level,
        hourly_counts(time) as series,
        first_ten(list(distinct subject_id)) as subject_ids,
        first_ten(list(distinct client_ip)) as addresses
    from access
    group by site_id, user_id, band
    having accesses >= $min_accesses
),
-- Who has several sites works at one or the other.
own as (
    select user_id, band, count(distinct log_date) as days, max(accesses) as most
    from event
    group by user_id, band
),
others as (
    select
        person.site_id, person.user_id, person.band,
        count(distinct event.log_date) as days,
        count(distinct event.user_id) as people,
        max(event.accesses) as most
    from person
    inner join event
        on event.site_id = person.site_id and event.user_type = person.user_type and event.band = person.band
        and event.user_id <> person.user_id
    group by person.site_id, person.user_id, person.band
),
-- How many days, or days off, a site has been known.
observed as (
    select site_day.site_id, day.is_working_day, count(*) as days
    from cached.site_day as site_day
    inner join calendar_day as day using (log_date)
    where site_day.records > 0 and site_day.log_date < $date
    group by site_day.site_id, day.is_working_day
),
worked as (
    select user_day.site_id, user_day.user_id, count(*) as days, avg(user_day.subjects) as mean_subjects
    from past.user_day
    semi join person using (site_id, user_id)
    group by user_day.site_id, user_day.user_id
)
select
    person.*,
    coalesce(worked.days, 0) as own_days,
    worked.mean_subjects,
    coalesce(others.days, 0) as others_days,
    coalesce(others.people, 0) as others_people,
    coalesce(others.most, 0) as others_most,
    coalesce(observed.days, 0) as observed_days,
    count(*) over (partition by person.site_id, person.band) as people_here,
    site.franchise,
    count(distinct site.franchise) over (partition by person.band) as parties_here
from person
left join cached.site as site using (site_id)
left join own using (user_id, band)
left join others using (site_id, user_id, band)
left join worked using (site_id, user_id)
left join observed on observed.site_id = person.site_id and observed.is_working_day = not person.is_day_off
-- Whoever has done so on several days is at work.
where not (coalesce(own.days, 0) >= $habit_days and person.accesses <= $usual_ratio * own.most)
qualify row_number() over (
    partition by person.site_id, person.user_id order by person.accesses desc, person.band
) = 1
