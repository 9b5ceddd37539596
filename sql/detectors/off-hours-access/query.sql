with judged as (
    -- A shift explains as much as its people do then, and only whoever may be one of them.
    select *
    from weighed
    where not (
        is_in_shift
        and (
            (accesses <= $shift_ratio * coalesce(peer_most, 0) and not is_stranger)
            or (not is_day_off and minutes_outside < $deep_minutes)
        )
    )
),
hourly as (
    select access.site_id, access.user_id, access.hour, count(*) as accesses
    from access
    semi join person using (site_id, user_id)
    group by access.site_id, access.user_id, access.hour
),
-- Who has several shops works at one after the other.
daytime as (
    select user_id, max(time) - min(time) as worked
    from access
    where band = 'day off'
    group by user_id
),
rhythm as (
    select site_id, user_id, list({'hour': hour, 'value': accesses} order by hour) as hours
    from hourly
    group by site_id, user_id
)
select
    judged.site_id,
    'user' as actor_kind,
    judged.user_id as actor,
    judged.first_seen,
    judged.last_seen,
    judged.accesses as event_count,
    judged.subjects as subject_count,
    {
        'observed': judged.accesses,
        'expected': 0,
        'upper': coalesce(judged.peer_most, 0),
        'unit': 'records',
        'baseline': case
            when judged.days_like_today is null or judged.days_like_today < $learning_days
                or judged.own_days = 0 then 'none'
            else 'own'
        end,
        'baseline_days': judged.own_days,
        'own_mean': round(judged.mean_subjects, 1),
        'peer_days_at_such_hours': coalesce(judged.peer_days, 0),
        'user_type': judged.user_type,
        'data_level': judged.data_level,
        'is_day_off': judged.is_day_off,
        'is_overtime': judged.is_overtime,
        'is_stranger': judged.is_stranger,
        'reason': judged.reason,
        'reason_on_record': judged.reason_on_record,
        'series': rhythm.hours,
        'subjects': judged.subject_ids,
        'addresses': judged.addresses
    } as evidence,
    judged.subjects,
    judged.minutes_outside,
    judged.band,
    judged.reason,
    judged.is_day_off,
    judged.is_overtime,
    judged.is_much,
    coalesce(daytime.worked >= to_hours($full_day_hours::int), false) as is_full_day
from judged
left join rhythm using (site_id, user_id)
left join daytime using (user_id)
