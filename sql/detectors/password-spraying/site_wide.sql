-- One row per site at which more accounts are tried from strange places than on days like this one,
-- without a source that stands out. At a site without a past only a whole list of accounts counts.
with past_day as (
    select
        site_day.site_id, site_day.login_successes,
        unnest([
            {'is_nameless': false, 'failed': site_day.failed_accounts},
            {'is_nameless': true, 'failed': site_day.login_failures}
        ]) as kind
    from past.site_day
    inner join calendar_day using (log_date)
    inner join (select is_working_day from calendar_day where log_date = $date) as today
        on today.is_working_day = calendar_day.is_working_day
    anti join excluded_days
        on excluded_days.site_id = site_day.site_id and excluded_days.detector = 'password-spraying'
        and site_day.log_date between excluded_days.from_day and excluded_days.to_day
    where site_day.records > 0
),
usual as (
    select
        site_id, kind.is_nameless as is_nameless,
        count(*) as days,
        greatest(1, avg(kind.failed)) as mean,
        var_samp(kind.failed) as variance,
        greatest(1, avg(login_successes)) as logins
    from past_day
    group by all
    having count(*) >= days_of_a_level()
),
scattered as (
    select site_id, is_nameless, count(distinct account) as accounts
    from guess
    where source is null and place = 0
    group by site_id, is_nameless
    having count(distinct account) >= $min_accounts
),
expected as (
    select
        scattered.*, usual.days,
        -- More people who come bring more who mistype.
        usual.mean * greatest(1, today.login_successes / usual.logins) as expected,
        least(
            largest_dispersion(),
            greatest(least_dispersion(), (usual.variance - usual.mean) / usual.mean ** 2)
        ) as dispersion
    from scattered
    inner join cached.site_day as today
        on today.site_id = scattered.site_id and today.log_date = $date
    left join usual
        on usual.site_id = scattered.site_id and usual.is_nameless = scattered.is_nameless
)
select *
from expected
where case
        when days is null then accounts >= $many_accounts
        else accounts >= clear_ratio() * expected and nb_tail(accounts, expected, dispersion) <= $max_p
    end
