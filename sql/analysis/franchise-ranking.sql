-- title: 加盟店の順位：検出、個人データへのアクセス、ログの欠け / Franchise shops ranked: findings, access to personal data, missing logs
-- param since date yesterday-27 この日から / from this day on
-- param until date yesterday この日まで / up to this day
with use as (
    select
        franchise, sum(personal_accesses)::bigint as personal_accesses,
        sum(login_failures)::bigint as login_failures, sum(rejects)::bigint as rejects,
        count(*) filter (where lines = 0) as silent_days, count(distinct site_id) as sites
    from lake.site_days
    where log_date between $since and $until and franchise is not null
    group by franchise
),
found as (
    select
        franchise, count(*) as findings,
        count(*) filter (where severity in ('critical', 'high')) as grave,
        count(*) filter (where status in ('new', 'acknowledged')) as open_findings
    from lake.findings
    where date between $since and $until and franchise is not null
        and severity in ('critical', 'high', 'medium')
    group by franchise
)
select
    row_number() over (
        order by coalesce(found.grave, 0) desc, coalesce(found.findings, 0) desc,
            use.silent_days desc, use.franchise
    ) as place,
    use.franchise, use.sites, coalesce(found.grave, 0) as grave_findings,
    coalesce(found.findings, 0) as findings, coalesce(found.open_findings, 0) as open_findings,
    use.personal_accesses, use.login_failures, use.rejects, use.silent_days
from use
left join found on found.franchise = use.franchise
order by place;
