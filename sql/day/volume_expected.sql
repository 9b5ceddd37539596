-- What was to be expected of a person on $date, from the person's and the peers' past. Runs after
-- volume.sql. Used by the detectors of amounts; formulas and reasons are in docs/volume-model.md, the
-- constants in macros.sql. [personal]

-- The team that a user type of a site is compared with: those of the site; where they are too few, those on all
-- sites. Whoever was at work counts, whatever they did. One row per site and user type.
create or replace table person_team as
select
    site_id, user_type,
    count(distinct user_id) filter (where log_date < $date and not is_aside) as users,
    case when site_id = '*' or users > enough_peers() then site_id else 'all' end as team
from person_day
group by site_id, user_type;

-- Which sites' people make up each team. One row per team, user type and site; `people` of the whole team.
create or replace table team_site as
with member as (
    select team, user_type, site_id, users from person_team where team <> 'all'
    union all by name
    select 'all' as team, user_type, site_id, users from person_team where site_id <> '*'
)
select team, user_type, site_id, sum(users) over (partition by team, user_type) as people
from member;

-- How many times its people's means a team does on a weekday, a day off, at the month's end. One row
-- per team, user type, metric and class of day.
create or replace table team_season as
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

-- One row per person, site and metric of the past: the level of an ordinary day, the season of the team taken
-- out, and how far the days before the last week vary about it (as variance over squared mean, what counting alone
-- brings taken out), so that who begins to take more is not erratic.
create or replace table person_level as
with ordinary as (
    select
        past.*,
        past.value / season.factor as amount,
        past.log_date >= coalesce(post.since, past.log_date) as is_in_post,
        past.log_date < $date - days_a_week() as is_settled
    from person_volume as past
    inner join person_team using (site_id, user_type)
    inner join team_season as season using (team, user_type, metric, day_class)
    left join person_post as post on post.user_id = past.user_id
    where past.log_date < $date and not past.is_aside
),
bounded as (
    select
        ordinary.*,
        least(amount, largest_step() * avg(amount) over (partition by site_id, user_type, user_id, metric))
            as step
    from ordinary
)
select
    site_id, user_type, user_id, metric,
    count(*) as days,
    count_if(is_in_post) as days_in_post,
    avg(value) as own_mean,
    avg(amount) as level,
    -- The second-highest day: what was done twice is a habit, what was done once may be the leak; nor
    -- is a habit what began within the week.
    coalesce((max(value, habit_days()) filter (where is_settled))[habit_days()], 0) as own_high,
    case when count_if(is_settled) >= days_of_a_level() then count_if(is_settled) else 0 end as settled_days,
    case
        when settled_days > 0
            then (
                var_samp(step) filter (where is_settled) - avg(step) filter (where is_settled)
            ) / (avg(step) filter (where is_settled)) ** 2
        else 0
    end as dispersion
from bounded
group by site_id, user_type, user_id, metric;

-- One row per team, user type and metric: how people vary about their levels, and levels about each
-- other; both as variance over squared mean.
create or replace table team_spread as
with spread as (
    select
        team_site.team, level.user_type, level.metric,
        count(*) as people,
        sum(level.level) as sum_of_levels,
        sum(level.settled_days) as person_days,
        sum(level.dispersion * level.settled_days * level.level ** 2)
            / nullif(sum(level.settled_days * level.level ** 2), 0) as dispersion,
        var_samp(level.level) / avg(level.level) ** 2 as between_spread
    from person_level as level
    inner join team_site using (site_id, user_type)
    group by team_site.team, level.user_type, level.metric
)
select
    team, user_type, metric, people, sum_of_levels,
    least(largest_dispersion(), greatest(least_dispersion(), (
        coalesce(person_days * dispersion, 0) + person_days_of_doubt() * usual_dispersion()
    ) / (person_days + person_days_of_doubt()))) as dispersion,
    -- People of too small a team may well differ as much as their work does.
    least(largest_spread(), greatest(
        least_spread(), between_spread, case when people < enough_peers() then unknown_spread() end
    )) as between_spread
from spread;

-- One row per person, site and metric of $date; p_value is null where nothing is known to compare
-- with, or where the value is clearly no more than usual. peer_type is user_type of person_day, who the
-- person is compared with; user_type is the person's own.
create or replace table expected_volume as
with known as (
    select
        today.site_id, today.user_type, today.user_id, today.metric,
        person_team.team, today.value,
        coalesce(level.days, 0) as days,
        level.own_mean,
        coalesce(level.own_high, 0) as own_high,
        level.level,
        -- Steady and erratic people differ, but a person's own days tell it poorly.
        greatest(least_dispersion(), (
            person_days_of_variation() * coalesce(spread.dispersion, usual_dispersion())
            + least(largest_dispersion(), coalesce(level.dispersion, 0)) * coalesce(level.settled_days, 0)
        ) / (person_days_of_variation() + coalesce(level.settled_days, 0))) as own_dispersion,
        coalesce(spread.between_spread, unknown_spread()) as between_spread,
        coalesce(spread.people, 0) - (level.user_id is not null)::int as peers,
        coalesce(
            (spread.sum_of_levels - coalesce(level.level, 0)) / nullif(peers, 0),
            -- What none of enough people ever did is expected once at most.
            case
                when team_site.people > enough_peers() and not ends_with(today.metric, 'bytes')
                    then 1.0
            end
        ) as peer_mean,
        coalesce(season.factor, 1.0) as season,
        coalesce(level.days_in_post, 0) < few_days() and peer_mean is not null as is_new,
        case
            when peer_mean is null then 1.0
            when level.days is null then 0.0
            else own_weight(level.days, level.level, own_dispersion, between_spread)
        end as weight
    from person_volume as today
    inner join person_team using (site_id, user_type)
    inner join team_site using (team, user_type, site_id)
    left join person_level as level using (site_id, user_type, user_id, metric)
    left join team_spread as spread using (team, user_type, metric)
    left join team_season as season using (team, user_type, metric, day_class)
    where today.log_date = $date
),
usual as (
    select
        known.* exclude (own_dispersion),
        season * case
            when days = 0 then peer_mean
            -- A newcomer, to the company or to a post, who has done less than the others so far is not held to that.
            when is_new then greatest(peer_mean, weight * level + (1 - weight) * peer_mean)
            when days >= few_days() or peer_mean is not null then shrunk(weight, level, peer_mean)
        end as usual,
        with_doubt(
            own_dispersion,
            case
                when peer_mean is null then 1.0 / greatest(days, 1)
                -- In another post the person's own days do not tell how they differ from the others.
                when is_new and days >= few_days() then between_spread
                else between_spread * (1 - weight)
            end
        ) as dispersion
    from known
),
-- How busy all are: those of the person's kind at the site, or, where they are too few, on all sites.
busy as (
    select
        usual.*,
        least(largest_common_factor(), greatest(1.0, case
            when count(usual) over at_site >= enough_peers() then median(value / usual) over at_site
            when count(usual) over anywhere >= enough_peers() then median(value / usual) over anywhere
        end)) as common_factor,
        usual * common_factor as expected
    from usual
    window
        at_site as (partition by user_type, metric, site_id),
        anywhere as (partition by user_type, metric, site_id = '*')
)
select
    site_id, user_type as peer_type,
    coalesce(
        (select min(person.user_type) from context_person as person where person.usual_id = busy.user_id),
        user_type::varchar
    ) as user_type,
    user_id, metric, team, value, days, own_mean, own_high, peers, peer_mean,
    expected, dispersion, common_factor,
    case
        when expected is null then 'none'
        when days >= few_days() and not is_new then 'own'
        else 'peers'
    end
        as baseline,
    expected + shown_deviations() * sqrt(expected + dispersion * expected ** 2) as upper,
    value / nullif(expected, 0) as ratio,
    case when value >= clear_ratio() * expected then nb_tail(value, expected, dispersion) end as p_value
from busy;
