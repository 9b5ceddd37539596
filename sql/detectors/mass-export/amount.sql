-- One row per site and person: the amounts that are above the usual.
with closing as (
    select case when is_month_end then $month_end_factor else 1.0 end as factor
    from calendar_day
    where log_date = $date
)
select
    site_id, user_id, any_value(user_type) as user_type,
    any_value(peer_type) as peer_type, any_value(team) as team,
    max(value) filter (where metric = 'exports') as exports,
    max(value) filter (where metric = 'export_bytes') as export_bytes,
    max(value) filter (where metric = 'page_bytes') as page_bytes,
    max(struct_pack(
        ratio := ratio, p_value := null::double, expected := expected, upper := upper,
        own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
        value := value
    )) filter (
        where metric = 'exports' and p_value <= $max_first_p and ratio >= $min_first_ratio
            and value >= $min_exports
    ) as beyond_peers,
    max(ratio) filter (where metric = 'export_bytes' and p_value <= $max_first_p) as bytes_ratio,
    max(struct_pack(
        ratio := ratio, p_value := p_value, expected := expected, upper := upper,
        own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
        value := value
    )) filter (
        where metric = 'exports' and p_value <= $max_p and ratio >= $min_ratio * closing.factor
            and value >= $min_exports and value > $habit_margin * own_high
    ) as by_count,
    max(struct_pack(
        ratio := ratio, p_value := p_value, expected := expected, upper := upper,
        own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
        value := value
    )) filter (
        where metric = 'export_bytes' and p_value <= $max_p
            and ratio >= $min_bytes_ratio * closing.factor and value >= $min_bytes and value > $habit_margin * own_high
    ) as by_bytes,
    max(struct_pack(
        ratio := ratio, p_value := p_value, expected := expected, upper := upper,
        own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
        value := value
    )) filter (
        where metric = 'page_bytes' and p_value <= $max_p and ratio >= $min_bytes_ratio
            and value >= $min_page_bytes and value > $habit_margin * own_high
    ) as by_pages
from expected_volume
cross join closing
where metric in ('exports', 'export_bytes', 'page_bytes') and site_id <> '*'
group by site_id, user_id
