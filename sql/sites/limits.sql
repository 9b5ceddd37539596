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
before as (
    select learnt.learnt_on, learnt.site_id, max_by(kept, kept.learnt_on) as kept
    from learnt
    inner join lake.site_limit as kept
        on kept.site_id = learnt.site_id and kept.learnt_on < learnt.learnt_on
    group by learnt.learnt_on, learnt.site_id
)
select learnt.*
from learnt
left join before on before.learnt_on = learnt.learnt_on and before.site_id = learnt.site_id
where before.kept is null
    or before.kept.reject_share <> learnt.reject_share
    or before.kept.ip_missing_share <> learnt.ip_missing_share
    or before.kept.status_missing_share <> learnt.status_missing_share
    or before.kept.request_missing_share <> learnt.request_missing_share
    or before.kept.agent_missing_share <> learnt.agent_missing_share
    or before.kept.domain_foreign_share <> learnt.domain_foreign_share
