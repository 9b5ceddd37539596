-- One row per site and person: today's amounts, and the one that is furthest above the usual, if any is.

-- Pages are a list made very long where each of them is, not where there are many.
with long_page as (
    select site_id, user_id
    from person_day
    group by site_id, user_id
    having sum(page_bytes) filter (where log_date = $date)
            / nullif(sum(unnamed_accesses + list_accesses) filter (where log_date = $date), 0)
        >= $min_ratio * sum(page_bytes) filter (where log_date < $date)
            / nullif(sum(unnamed_accesses + list_accesses) filter (where log_date < $date), 0)
),
judged as (
    select
        volume.*,
        coalesce(
            volume.p_value <= $max_p and volume.ratio >= $min_ratio and volume.value > volume.own_high
                and case volume.metric
                    when 'exports' then volume.value >= $min_exports
                    when 'export_bytes' then volume.value >= $min_bytes
                    else volume.value >= $min_page_bytes and long_page.user_id is not null
                end,
            false
        ) as is_unusual
    from expected_volume as volume
    left join long_page on long_page.site_id = volume.site_id and long_page.user_id = volume.user_id
    where volume.metric in ('exports', 'export_bytes', 'page_bytes') and volume.site_id <> '*'
)
select
    site_id, user_id, any_value(user_type) as user_type,
    any_value(peer_type) as peer_type, any_value(team) as team,
    max(value) filter (where metric = 'exports') as exports,
    max(value) filter (where metric = 'export_bytes') as export_bytes,
    max(value) filter (where metric = 'page_bytes') as page_bytes,
    arg_max(
        struct_pack(
            metric := metric, ratio := ratio, p_value := p_value, expected := expected, upper := upper,
            own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
            value := value
        ),
        ratio
    ) filter (where is_unusual) as sign
from judged
group by site_id, user_id
