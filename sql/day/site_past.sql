-- What a site usually does on days like $date. Two kinds of days can be like it: those of the same
-- weekday (of a public holiday: the holidays before), and those of the same class, working day or day
-- off. Shops close on a weekday of their own or on holidays only, so which kind it is cannot be told;
-- a day is unusual when it is so for either kind. Used by the detectors of operations. [none]

-- Public holidays: days off on a weekday that has working days.
create or replace table calendar_kind as
with worked as (select distinct weekday from calendar_day where is_working_day)
select
    calendar.log_date, calendar.weekday, calendar.is_working_day,
    not calendar.is_working_day and worked.weekday is not null as is_holiday
from calendar_day as calendar
left join worked on worked.weekday = calendar.weekday;

-- One row per site and day of the last eight weeks, from the site's first day with records on. The
-- day of an open finding is left out for a week and then learnt: a change of level may be for good.
create or replace table site_past as
with born as (
    select site_id, min(log_date) as first_day
    from past.site_day
    where records > 0
    group by site_id
),
in_question as (
    select site_id, from_day as log_date
    from excluded_days
    where actor_kind = 'site' and category = 'operations' and from_day >= $date - days_a_week()
),
today as (
    select * from calendar_kind where log_date = $date
)
select
    site_day.site_id, site_day.log_date, calendar.weekday, calendar.is_holiday,
    case
        when today.is_holiday then calendar.is_holiday
        else calendar.weekday = today.weekday and not calendar.is_holiday
    end as is_like_weekday,
    calendar.is_working_day = today.is_working_day as is_like_class,
    site_day.records, site_day.rejects
from past.site_day as site_day
inner join born on born.site_id = site_day.site_id and site_day.log_date >= born.first_day
inner join calendar_kind as calendar on calendar.log_date = site_day.log_date
cross join today
anti join in_question
    on in_question.site_id = site_day.site_id and in_question.log_date = site_day.log_date
where site_day.log_date between $date - site_past_days() and $date - 1;

-- One row per site, kind of day (weekday, class) and hour with records: the mean of such days. A kind
-- counts from three days on.
create or replace table site_rhythm as
with kind as (
    select site_id, 'weekday' as kind, log_date from site_past where is_like_weekday
    union all
    select site_id, 'class' as kind, log_date from site_past where is_like_class
),
kind_size as (
    select site_id, kind, count(*) as days from kind group by all having count(*) >= days_of_a_kind()
)
select
    kind.site_id, kind.kind, kind_size.days, hour(site_hour.hour_at) as hour,
    sum(site_hour.records) / kind_size.days as records,
    sum(site_hour.client_addresses) / kind_size.days as addresses
from kind
inner join kind_size on kind_size.site_id = kind.site_id and kind_size.kind = kind.kind
inner join cached.site_hour as site_hour
    on site_hour.site_id = kind.site_id and site_hour.log_date = kind.log_date
where site_hour.log_date between $date - site_past_days() and $date - 1
group by kind.site_id, kind.kind, kind_size.days, hour(site_hour.hour_at);

-- One row per site: how many times the usual the sites of its group had on $date, where eight or more
-- sites can tell (else all sites): typhoons lift them all, closed seasons empty them all. Within
-- bounds, since a failure of the delivery may hit all sites too.
create or replace table site_common as
with usual as (
    select site_id, kind, sum(records) as records from site_rhythm group by all
),
expected as (
    select site_id, avg(records) as records from usual group by site_id having avg(records) >= comparable_records()
),
ratio as (
    select site.site_id, site.site_group, site_day.records / expected.records as ratio
    from expected
    inner join cached.site as site on site.site_id = expected.site_id
    inner join cached.site_day as site_day
        on site_day.site_id = expected.site_id and site_day.log_date = $date
),
of_group as (
    select site_group, median(ratio) as ratio from ratio group by site_group having count(*) >= sites_that_tell()
),
of_all as (
    select case when count(*) >= sites_that_tell() then median(ratio) end as ratio from ratio
)
select
    site.site_id,
    least(
        largest_site_factor(),
        greatest(least_site_factor(), coalesce(of_group.ratio, of_all.ratio, 1.0))
    ) as factor
from cached.site as site
cross join of_all
left join of_group on of_group.site_group = site.site_group;
