-- One row per site and day of $days (date[]) on which what its own past allows is not what was last
-- learnt: the limits that the site's last $history_days days teach. A limit is $margin times the share
-- that $usual_days of the days stay below, at least $least_share and at most all. Days set aside teach
-- nothing, nor days of fewer lines than $few_lines; a site with fewer than $history_needed_days such
-- days has no limits. [none]
with day as (
    select distinct unnest($days::date[]) as log_date
),
past_day as (
    select
        day.log_date as learnt_on,
        kept.site_id,
        kept.rejects / kept.lines as reject_share,
        kept.ip_missing / nullif(kept.records, 0) as ip_missing_share,
        kept.status_missing / nullif(kept.records, 0) as status_missing_share,
        kept.request_missing / nullif(kept.records, 0) as request_missing_share,
        kept.agent_missing / nullif(kept.records, 0) as agent_missing_share,
        kept.domain_foreign / nullif(kept.records, 0) as domain_foreign_share
    from day
    inner join lake.site_day as kept
        on kept.log_date < day.log_date
        and kept.log_date >= day.log_date - $history_days::integer
    anti join lake.set_aside_days as aside
        on aside.log_date = kept.log_date and aside.site_id = kept.site_id
    where kept.lines >= $few_lines
),
usual as (
    select
        learnt_on, site_id, count(*)::utinyint as days,
        quantile_disc(columns('_share$'), $usual_days)
    from past_day
    group by learnt_on, site_id
    having count(*) >= $history_needed_days
),
learnt as (
    select
        learnt_on, site_id, days,
        round(least(greatest($margin * coalesce(columns('_share$'), 0), $least_share), 1), 2)
    from usual
),
known as (
    select kept.*
    from lake.site_limit as kept
    where kept.learnt_on < (select min(day.log_date) from day)
    qualify row_number() over (partition by kept.site_id order by kept.learnt_on desc) = 1
),
series as (
    select true as is_learnt, learnt.* from learnt
    union all by name
    select false as is_learnt, known.* from known
),
listed as (
    select
        *,
        [
            reject_share, ip_missing_share, status_missing_share, request_missing_share,
            agent_missing_share, domain_foreign_share
        ] as shares
    from series
)
select * exclude (is_learnt, shares)
from listed
qualify is_learnt
    and shares is distinct from lag(shares) over (partition by site_id order by learnt_on)
