-- One row per site with lines: how many accounts stay outside on such a day, and how that varies. For a site without
-- a past the figure is so high that only a whole list of accounts is reported.
with site_past as (
    select
        site_day.site_id,
        count(*) as days,
        avg(site_day.failed_accounts) as mean,
        var_samp(site_day.failed_accounts) as variance,
        avg(site_day.login_failures) as mean_failures,
        avg(site_day.login_successes) as mean_successes
    from past.site_day
    inner join calendar_day using (log_date)
    inner join (select is_working_day from calendar_day where log_date = $date) as today
        on today.is_working_day = calendar_day.is_working_day
    anti join excluded_days
        on excluded_days.site_id = site_day.site_id and excluded_days.detector = 'password-spraying'
        and site_day.log_date between excluded_days.from_day and excluded_days.to_day
    where site_day.records > 0
    group by site_day.site_id
    having count(*) >= $min_days
)
select
    today.site_id,
    coalesce(site_past.days, 0) as days,
    -- More people who come bring more who mistype.
    greatest(
        1.0, today.login_successes / greatest(1.0, site_past.mean_successes)
    ) as busy,
    case
        when site_past.days is null then $many_accounts / $site_ratio
        else greatest($least_expected, site_past.mean) * busy
    end as expected,
    case
        when site_past.days is null then $many_accounts / $site_ratio
        else greatest($least_expected, site_past.mean_failures) * busy
    end as expected_failures,
    least($max_dispersion, greatest($min_dispersion, coalesce(
        (site_past.variance - site_past.mean) / nullif(site_past.mean ** 2, 0),
        $default_dispersion
    ))) as dispersion
from cached.site_day as today
left join site_past using (site_id)
where today.log_date = $date and today.records > 0
