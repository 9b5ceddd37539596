-- What was to be expected of a person on $date, from the person's and the peers' past. Runs after
-- volume.sql. Used by the detectors of amounts; formulas and reasons are in docs/volume-model.md, the
-- constants in macros.sql. [personal]

-- The group that a user type of a site is compared with: those of the site; where they are too few,
-- those on the sites of its group; else those on all sites. One row per site and user type.
create or replace table person_team as
with staff as materialized (
    select volume.*, case when site_id = '*' then '*' else site.site_group end as site_group
    from (
        select site_id, user_type,
            count(distinct user_id) filter (where log_date < $date and not is_aside) as users
        from person_volume
        group by site_id, user_type
    ) as volume
    left join cached.site as site using (site_id)
)
select
    site_id, site_group, user_type,
    case
        when site_id = '*' then '*'
        when users > enough_peers() then site_id
        -- A site that settings no longer name has no group.
        when site_group is not null
            and sum(users) over (partition by site_group, user_type) > enough_peers()
            then 'group ' || site_group
        else 'all'
    end as team
from staff;

-- Which sites' people make up each of these groups. One row per group, user type and site.
create or replace table team_site as
with member as (
    select site_id, site_group, user_type from person_team where site_id <> '*'
),
level as (
    select site_id as team, user_type, site_id from member
    union all by name
    select 'group ' || site_group as team, user_type, site_id from member
    union all by name
    select 'all' as team, user_type, site_id from member
    union all by name
    select distinct '*' as team, user_type, '*' as site_id from person_team
)
select level.*
from level
semi join person_team using (team, user_type);

-- How many times its people's means a group does on a weekday, a day off, at the month's end. One row
-- per group, user type, metric and class of day.
create or replace table group_season as
with
-- Materialized, as other rows under a window: DuckDB would work them out twice.
person_class as materialized (
    select site_id, user_type, user_id, metric, day_class,
        count(*) as days, sum(value) as value
    from person_volume
    where log_date < $date and not is_aside
    group by site_id, user_type, user_id, metric, day_class
),
level as (
    select person_class.*, sum(value) over person / sum(days) over person as mean
    from person_class
    window person as (partition by site_id, user_type, user_id, metric)
),
class_sum as (
    select team_site.team, level.user_type, level.metric, level.day_class,
        sum(level.value) as value,
        sum(level.days * level.mean) as usual_value,
        sum(sum(level.value)) over team_metric / sum(sum(level.days)) over team_metric as mean
    from level
    inner join team_site using (site_id, user_type)
    group by team_site.team, level.user_type, level.metric, level.day_class
    window team_metric as (partition by team_site.team, level.user_type, level.metric)
)
select
    team, user_type, metric, day_class,
    (value + person_days_of_doubt() * mean) / (usual_value + person_days_of_doubt() * mean)
        as factor
from class_sum;

-- One row per person, site and metric of the past: the level of an ordinary day, the season of the
-- person's group taken out, and what the person's days were like.
create or replace table person_level as
with today_class as (
    select
        class_of_day(is_working_day, is_month_end, weekday) as day_class
    from calendar_day
    where log_date = $date
)
select
    past.site_id, past.user_type, past.user_id, past.metric,
    count(*) as days,
    count(*) filter (where past.log_date >= coalesce(post.since, past.log_date)) as days_in_post,
    sum(past.value) / sum(season.factor) as level,
    avg(past.value) as own_mean,
    count(*) filter (where past.day_class = today_class.day_class) as days_like_today,
    avg(past.value) filter (where past.day_class = today_class.day_class) as mean_like_today,
    -- The second-highest day: what was done twice is a habit, what was done once may be the leak; nor
    -- is a habit what began within the week.
    coalesce((max(past.value, habit_days()) filter (where past.log_date < $date - days_a_week()))
        [habit_days()], 0) as own_high,
    avg(past.active_hours) as usual_hours,
    -- What the last days were like, where there are enough of them within three weeks: the middle one, so that
    -- one or two of them change nothing.
    case
        when count(*) filter (where past.log_date >= $date - window_reach_days()) >= days_of_a_level()
            then list_median(
                arg_max(past.value / season.factor, past.log_date, days_of_a_level())
            )
    end as recent_level
from person_volume as past
inner join person_team using (site_id, user_type)
inner join group_season as season using (team, user_type, metric, day_class)
left join person_post as post on post.user_id = past.user_id
cross join today_class
where past.log_date < $date and not past.is_aside
group by past.site_id, past.user_type, past.user_id, past.metric;

-- How a person's days differ from what level, season and the day of all say. One row per person,
-- site and metric with enough days; excess over square is the person's own dispersion, what counting
-- alone brings taken out. The last week is left out, so that who begins to take more is not erratic.
create or replace table person_residual as
with fitted as (
    select
        past.site_id, past.user_type, past.user_id, past.metric, past.log_date,
        level.level * season.factor as usual, level.days,
        least(past.value / (level.level * season.factor), largest_step()) as step
    from person_volume as past
    inner join person_level as level using (site_id, user_type, user_id, metric)
    inner join person_team using (site_id, user_type)
    inner join group_season as season using (team, user_type, metric, day_class)
    where past.log_date < $date - days_a_week() and not past.is_aside
        and level.days >= days_of_a_level()
),
-- The common factor of each earlier day, so that busy days of all are no variation of the person.
common as (
    select user_type, metric, log_date,
        case
            when count(*) >= enough_peers()
                then least(
                    largest_common_factor(), greatest(least_common_factor(), median(step))
                )
            else 1.0
        end as factor
    from fitted
    where site_id <> '*'
    group by user_type, metric, log_date
),
-- Products rather than powers, which take several times as long.
compared as (
    select
        fitted.site_id, fitted.user_type, fitted.user_id, fitted.metric,
        fitted.days / (fitted.days - 1.0) as correction,
        fitted.usual * (fitted.step - coalesce(common.factor, 1.0)) as difference,
        fitted.usual * coalesce(common.factor, 1.0) as expected
    from fitted
    left join common using (user_type, metric, log_date)
)
select
    site_id, user_type, user_id, metric,
    count(*) as days,
    sum(correction * (difference * difference) - expected) as excess,
    sum(expected * expected) as square
from compared
group by site_id, user_type, user_id, metric;

-- One row per group, user type and metric: how people vary about their levels, and levels about each
-- other; both as variance over squared mean.
create or replace table group_spread as
with within_group as (
    select
        team_site.team, residual.user_type, residual.metric,
        sum(residual.days) as person_days,
        sum(residual.excess) / sum(residual.square) as dispersion
    from person_residual as residual
    inner join team_site using (site_id, user_type)
    group by team_site.team, residual.user_type, residual.metric
),
between_people as (
    select
        team_site.team, level.user_type, level.metric,
        count(*) as people,
        sum(level.level) as sum_of_levels,
        avg(level.level) as mean_level,
        count(*) filter (where level.days >= days_of_a_level()) as known_people,
        var_samp(level.level) filter (where level.days >= days_of_a_level())
            / avg(level.level) filter (where level.days >= days_of_a_level()) ** 2 as spread
    from person_level as level
    inner join team_site using (site_id, user_type)
    group by team_site.team, level.user_type, level.metric
)
select
    between_people.*,
    least(largest_dispersion(), greatest(least_dispersion(), (
        coalesce(within_group.person_days * within_group.dispersion, 0)
        + person_days_of_doubt() * usual_dispersion()
    ) / (coalesce(within_group.person_days, 0) + person_days_of_doubt()))) as dispersion,
    least(largest_spread(), greatest(least_spread(), coalesce(
        case when between_people.known_people >= enough_peers() then between_people.spread end,
        -- People of too small a group may well differ as much as their work does.
        greatest(between_people.spread, unknown_spread()),
        unknown_spread()
    ))) as between_spread
from between_people
left join within_group using (team, user_type, metric);

-- How many people a group has, whatever they do. One row per group and user type.
create or replace table group_people as
select team_site.team, person_day.user_type,
    count(distinct (person_day.site_id, person_day.user_id)) as people
from person_day
inner join team_site using (site_id, user_type)
where person_day.log_date < $date and not person_day.is_aside
group by team_site.team, person_day.user_type;

-- One row per person, site and metric of $date; p_value is null where nothing is known to compare
-- with, or where the value is clearly no more than usual. peer_type is user_type of person_day, who the
-- person is compared with; user_type is the person's own.
create or replace table expected_volume as
with today as (
    select volume.*, person_team.team
    from person_volume as volume
    inner join person_team using (site_id, user_type)
    where volume.log_date = $date
),
known as (
    select
        today.site_id, today.user_type, today.user_id, today.metric,
        today.team, today.value, today.active_hours,
        coalesce(level.days, 0) as days,
        coalesce(level.days_in_post, 0) as days_in_post,
        level.own_mean,
        coalesce(level.own_high, 0) as own_high,
        coalesce(level.days_like_today, 0) as days_like_today,
        level.mean_like_today,
        level.level,
        level.recent_level,
        level.usual_hours,
        -- Steady and erratic people differ, but a person's own days tell it poorly.
        greatest(least_dispersion(), (
            person_days_of_variation() * coalesce(spread.dispersion, usual_dispersion())
            + coalesce(least(largest_dispersion(), residual.excess / residual.square) * residual.days, 0)
        ) / (person_days_of_variation() + coalesce(residual.days, 0))) as own_dispersion,
        coalesce(spread.between_spread, unknown_spread()) as between_spread,
        coalesce(
            case when level.user_id is null then spread.people else spread.people - 1 end, 0
        ) as peers,
        coalesce(
            case
                when level.user_id is null then spread.mean_level
                else (spread.sum_of_levels - level.level) / nullif(spread.people - 1, 0)
            end,
            -- What none of enough people ever did is expected once at most.
            case
                when group_people.people > enough_peers() and not ends_with(today.metric, 'bytes')
                    then 1.0
            end
        ) as peer_mean,
        coalesce(season.factor, 1.0) as season
    from today
    left join person_level as level using (site_id, user_type, user_id, metric)
    left join person_residual as residual using (site_id, user_type, user_id, metric)
    left join group_spread as spread
        on spread.team = today.team and spread.user_type = today.user_type
        and spread.metric = today.metric
    left join group_people
        on group_people.team = today.team and group_people.user_type = today.user_type
    left join group_season as season
        on season.team = today.team and season.user_type = today.user_type
        and season.metric = today.metric and season.day_class = today.day_class
),
weighed as (
    select
        known.*,
        days_in_post < few_days() and peer_mean is not null as is_new,
        case
            when peer_mean is null then 1.0
            when days >= known_days() then 1.0
            else own_weight(days, level, own_dispersion, between_spread)
        end as weight
    from known
),
ordinary as (
    select weighed.*, season * shrunk(weight, level, peer_mean) as ordinary_day
    from weighed
),
weekday as (
    select
        ordinary.*,
        case
            when days_like_today >= habit_days()
                and mean_like_today > ordinary_day * (1 + clear_weekday_deviations() * sqrt(
                    (own_dispersion + 1.0 / greatest(ordinary_day, least_level())) / days_like_today
                ))
                then days_of_a_clear_weekday()
            else days_of_a_weekday()
        end as weekday_days
    from ordinary
),
usual as (
    select
        weekday.*,
        case
            when days = 0 then peer_mean * season
            -- A newcomer, to the company or to a post, who has done less than the others so far is not held to that.
            when is_new
                then season * greatest(peer_mean, weight * level + (1 - weight) * peer_mean)
            else (days_like_today * coalesce(mean_like_today, 0) + weekday_days * ordinary_day)
                / (days_like_today + weekday_days)
        end as expected,
        with_doubt(
            own_dispersion,
            case
                when days >= known_days() and not is_new
                    then (own_dispersion + 1.0 / greatest(level, least_level())) / days
                when peer_mean is null then 1.0 / greatest(days, 1)
                -- In another post the person's own days do not tell how they differ from the others.
                when days = 0 or (is_new and days >= few_days()) then between_spread
                else between_spread * (1 - weight)
            end
        ) as dispersion,
        case
            when days < days_of_a_level() then 1.0
            else greatest(least_exposure(), least(1.0, active_hours / greatest(usual_hours, 1)))
        end as exposure
    from weekday
),
-- A single person on a site who has a few days of one's own, and nobody else, is judged by none.
judged as (
    select
        usual.* exclude (expected),
        case when days < few_days() and peer_mean is null then null else expected end as usual,
        -- More to do for a week, by a new task, a hand-over or a season, lasts as a rule. It explains less than
        -- what is looked at, and exports have no such weeks.
        case
            when days >= few_days() and metric not in ('exports', 'export_bytes')
                then least(clear_ratio(), greatest(1.0, coalesce(recent_level / level, 1.0)))
            else 1.0
        end as recent_factor
    from usual
),
all_busy as (
    select user_type, metric,
        case
            when count(*) >= enough_peers()
                then least(largest_common_factor(), greatest(1.0, median(value / usual)))
            else 1.0
        end as factor
    from judged
    where usual > 0 and site_id <> '*'
    group by user_type, metric
),
colleague as (
    select judged.site_id, judged.user_type, judged.metric, judged.user_id,
        judged.value / judged.usual / all_busy.factor as step,
        count(*) over (partition by judged.site_id, judged.user_type, judged.metric) as people
    from judged
    inner join all_busy using (user_type, metric)
    where judged.usual > 0
),
-- How busy the others of the team are; in a large team the person makes no difference.
team_busy as (
    select person.site_id, person.user_type, person.metric, person.user_id,
        median(other.step) as factor
    from colleague as person
    inner join colleague as other using (site_id, user_type, metric)
    where person.people between few_colleagues() and many_colleagues() and other.user_id <> person.user_id
    group by person.site_id, person.user_type, person.metric, person.user_id
    union all by name
    select person.site_id, person.user_type, person.metric, person.user_id,
        median(person.step) over (partition by person.site_id, person.user_type, person.metric)
            as factor
    from colleague as person
    where person.people > many_colleagues()
),
compared as (
    select
        judged.*,
        coalesce(all_busy.factor, 1.0) as common_factor,
        least(largest_common_factor(), greatest(1.0, coalesce(team_busy.factor, 1.0)))
            as team_factor
    from judged
    left join all_busy using (user_type, metric)
    left join team_busy using (site_id, user_type, metric, user_id)
),
busy as (
    select
        compared.*,
        least(largest_common_factor(), common_factor * team_factor) as busy_factor,
        usual * least(largest_common_factor(), busy_factor * recent_factor) as expected
    from compared
)
select
    site_id, user_type as peer_type,
    coalesce(
        (select min(person.user_type) from context_person as person where person.usual_id = busy.user_id),
        user_type::varchar
    ) as user_type,
    user_id, metric, team, value, days, own_mean, own_high, peers, peer_mean,
    usual, expected, dispersion, common_factor, team_factor, busy_factor, exposure, active_hours,
    case
        when expected is null then 'none'
        when days >= few_days() and not is_new then 'own'
        else 'peers'
    end
        as baseline,
    expected + shown_deviations() * sqrt(expected + dispersion * expected ** 2) as upper,
    value / nullif(expected, 0) as ratio,
    -- Of a short day less is expected; a long one is no excuse, since leaking takes time too.
    case when value >= clear_ratio() * expected then nb_tail(value, expected * exposure, dispersion) end
        as p_value
from busy;
