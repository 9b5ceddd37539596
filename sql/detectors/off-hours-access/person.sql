-- One row per person and site with enough unusual accesses: who is judged.
select
    unusual.site_id, unusual.user_id, any_value(unusual.user_type) as user_type,
    any_value(unusual.site_group) as site_group,
    count(*) as accesses,
    count(*) filter (where not unusual.is_shift_hour) < $min_accesses as is_in_shift,
    count(distinct unusual.subject_id) as subjects,
    min(unusual.time) as first_seen,
    max(unusual.time) as last_seen,
    min(unusual.hour) as first_hour,
    max(unusual.hour) as last_hour,
    not any_value(unusual.is_working_day) as is_day_off,
    max(unusual.minutes_outside) as minutes_outside,
    mode(unusual.band) as band,
    max(unusual.data_level) as data_level,
    first_ten(list(distinct unusual.subject_id)) as subject_ids,
    first_ten(list(distinct unusual.client_ip)) as addresses
from unusual
group by unusual.site_id, unusual.user_id
having count(*) >= $min_accesses
