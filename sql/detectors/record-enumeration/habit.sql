-- One row per person and site of those who asked for many records, what the days before were like; and
-- per subnet from which nobody was named. Of the bits that stand for records `share_seen` are set: so
-- many of any records seem to have been seen.
select
    true as is_person, user_day.user_id as unit, user_day.site_id,
    count(*) as days,
    avg(user_day.subjects) as usual,
    bit_or(user_day.subject_bits_low) as bits_low,
    bit_or(user_day.subject_bits_high) as bits_high,
    (bit_count(bits_low)::int + bit_count(bits_high)::int) / subject_bit_count() as share_seen,
    count(*) filter (
        where user_day.sequential_steps >= half(greatest(today.sequential_steps, $min_numbers))
    ) as days_in_order
from past.user_day
inner join cached.user_day as today
    on today.log_date = $date
    and today.site_id = user_day.site_id and today.user_id = user_day.user_id
anti join excluded_days
    on excluded_days.actor_kind = 'user' and excluded_days.actor = user_day.user_id
    and excluded_days.category in ('personal_data', 'authentication')
    and user_day.log_date between excluded_days.from_day and excluded_days.to_day
where user_day.record_accesses > 0
    and user_day.user_id in (select unit from touched where unit_kind = 'user')
group by user_day.user_id, user_day.site_id
union all by name
select
    false as is_person, subnet as unit, site_id,
    count(*) as days,
    avg(anonymous_accesses) as usual
from past.subnet_day
where anonymous_accesses > 0
    and subnet in (select subnet from touched where unit_kind <> 'user')
group by subnet, site_id
