with on_record as (
    select user_id, site_id, from_at, to_at, 'on_roster' as code, context_roster.reason as said
    from context_roster
    union all by name
    select user_id, null as site_id, from_at, to_at, 'on_trip' as code, context_trip.reason as said
    from context_trip
),
expected as (
    select
        person.site_id, person.user_id,
        any_value(on_record.code) as code, any_value(on_record.said) as said
    from person
    inner join on_record
        on on_record.user_id = person.user_id and coalesce(on_record.site_id, person.site_id) = person.site_id
        and on_record.from_at <= person.first_seen + to_minutes($overtime_minutes::int)
        and on_record.to_at >= person.last_seen - to_minutes($overtime_minutes::int)
    group by person.site_id, person.user_id
),
weighed as (
    select
        person.*,
        case
            when expected.code is not null then expected.code
            when observed_days < $learning_days then 'not_enough_history'
            when people_here >= $crowd_people then 'colleagues_too'
            -- Shops of other parties, whose logs no one of them can write.
            when band = 'day off' and franchise is not null and parties_here >= $crowd_people
                then 'other_shops_too'
            when others_people > 1 and others_days >= $habit_days and accesses <= $usual_ratio * others_most
                then 'as_on_call'
        end as reason,
        expected.said as reason_on_record
    from person
    left join expected using (site_id, user_id)
)
select
    weighed.site_id,
    'user' as actor_kind,
    weighed.user_id as actor,
    weighed.first_seen,
    weighed.last_seen,
    weighed.accesses as event_count,
    weighed.subjects as subject_count,
    {
        'observed': weighed.accesses,
        'expected': 0,
        'upper': weighed.others_most,
        'unit': 'records',
        'baseline': if(weighed.observed_days < $learning_days or weighed.own_days = 0, 'none', 'own'),
        'baseline_days': weighed.own_days,
        'own_mean': round(weighed.mean_subjects, 1),
        'peer_days_at_such_hours': weighed.others_days,
        'user_type': weighed.user_type,
        'data_level': weighed.data_level,
        'is_day_off': weighed.is_day_off,
        'reason': weighed.reason,
        'reason_on_record': weighed.reason_on_record,
        'series': weighed.series,
        'subjects': weighed.subject_ids,
        'addresses': weighed.addresses
    } as evidence,
    weighed.subjects,
    weighed.band,
    weighed.reason
from weighed
