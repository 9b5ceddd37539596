-- Who has seen or taken more over one, two or four weeks than their own past, their colleagues' growth and the
-- work of those who are away explain, and goes on. Told once, and again when it has grown by half.
with judged as (
    select
        now.*,
        greatest($least_dispersion, (
            person_days_of_variation() * coalesce(varied.dispersion, usual_dispersion() / days_of_a_level())
            + now.windows * least(largest_dispersion(), coalesce(now.own_dispersion, 0))
        ) / (person_days_of_variation() + now.windows)) as dispersion,
        beside.value as beside_value,
        beside.expected * beside.growth as beside_expected,
        team.high_level,
        team.people as peers_known,
        case now.metric when 'export_days' then $least_export_days * now.weeks else $least_expected end
            as least_expected,
        -- In a new post one does what others do.
        greatest(
            now.expected * now.growth + now.taken_over,
            case when now.is_new or now.days_before < few_days() then team.high_level * now.days else 0 end
        ) as usual,
        greatest(usual, least_expected) as baseline,
        now.value / baseline as ratio
    from expectation as now
    semi join (from worked_day where log_date = $date) as today on today.user_id = now.user_id
    left join expectation as beside
        on beside.user_id = now.user_id and beside.weeks = now.weeks
        and beside.metric = beside_of(now.metric) and beside.expected > 0
    left join group_usual as team
        on team.peers = now.peers and team.weeks = now.weeks and team.metric = now.metric
    left join group_usual as varied
        on varied.peers = now.peers and varied.weeks = least(now.weeks, $steady_weeks)
        and varied.metric = now.metric
    where now.metric not in ('beside_records', 'beside_lists')
        and (
            now.days_before >= few_days()
            -- How many strangers there are is known weeks after how many people, and the colleagues tell until then.
            or (
                peers_known > few_colleagues()
                and (now.is_new or (now.metric = 'strangers' and now.days_before >= days_of_a_level()))
            )
        )
        -- Of whom nearly all are strangers, or seen at the highest level, the number of people tells it.
        and (now.metric not in ('high_subjects', 'strangers') or now.level <= $most_share * now.people_level)
    -- What happens this week is not over.
    qualify max(ratio) filter (where now.weeks = 1) over (partition by now.user_id, now.metric) >= $raised_ratio
        and ratio >= $min_ratio and now.value > $raised_ratio * now.highest
        and now.value - baseline >= case now.metric
            when 'strangers' then $min_strangers
            when 'exports' then $min_exports
            when 'export_days' then $fewest_raised_days
            when 'list_accesses' then $min_lists
            when 'refused' then $min_refused
            else $min_subjects
        end
),
tested as (
    select
        *,
        -- What is allowed to everybody is no level that a few counts would leave in doubt.
        case when usual > least_expected then 1.0 / usual else 0 end as level_doubt,
        with_doubt(dispersion, (dispersion + level_doubt) / greatest(windows, 1)) as volume_doubt,
        nb_tail(value, baseline, volume_doubt) as volume_p,
        -- Work may change more from one week to the next than it did before.
        1 / greatest(dispersion, least_spread()) as work_shape,
        case
            when beside_expected > 0
                then least(largest_common_factor(), beside_step(work_shape, beside_value, beside_expected))
        end as beside_factor,
        with_doubt(
            dispersion + 1 / (work_shape + beside_value),
            (dispersion + level_doubt + 1.0 / beside_expected) / greatest(windows, 1)
        ) as mix_doubt,
        greatest(least_expected, usual * beside_factor) as mix_baseline,
        case when mix_doubt is not null then nb_tail(value, mix_baseline, mix_doubt) end as mix_p,
        coalesce($mix_tests * mix_p <= $max_p, false) as is_large_share,
        -- Whose other work grew alike has more to do.
        coalesce(mix_p > $max_mix_p, false) as is_same_work,
        case when beside_factor >= $raised_ratio then $busy_tests else 1 end as tests,
        least(1, tests * volume_p, tests * $mix_tests * mix_p) as p_value
    from judged
),
-- On how many days of a window a person did more than a day's share: one large day is no collection, and other
-- detectors tell of it. Of strangers no day is counted.
by_day as (
    select
        tested.user_id, tested.weeks, tested.metric,
        case tested.metric
            when 'subjects' then worked_day.subjects
            when 'high_subjects' then worked_day.high_subjects
            when 'exports' then worked_day.exports
            when 'export_days' then worked_day.export_days
            when 'list_accesses' then worked_day.list_accesses
            when 'refused' then worked_day.refused
        end as on_day,
        tested.baseline / tested.days as usual_day
    from tested
    inner join worked_day on worked_day.user_id = tested.user_id and worked_day.week < tested.weeks
),
raised as (
    select
        user_id, weeks, metric,
        count(*) filter (where on_day > $raised_ratio * usual_day or metric = 'strangers') as raised_days,
        coalesce(max(on_day), 0) as largest_day
    from by_day
    group by user_id, weeks, metric
),
chosen as (
    select
        tested.*,
        tested.value - raised.largest_day as rest,
        1 - 1 / tested.days as rest_share
    from tested
    inner join raised using (user_id, weeks, metric)
    where raised.raised_days >= least($least_raised_days, greatest($fewest_raised_days, tested.days))
        and raised.raised_days >= tested.days * case
            when tested.metric in ('exports', 'list_accesses') then $steady_share
            when tested.metric = 'export_days' then 0
            else $most_share
        end
        and (metric not in ('exports', 'list_accesses') or weeks >= $steady_weeks or is_large_share)
        -- Nor is it one large day with which the others are no more than a little above.
        and rest >= $raised_ratio * tested.baseline * rest_share
        and least(
            nb_tail(rest, tested.baseline * rest_share, tested.volume_doubt),
            case
                when tested.mix_p is not null
                    then $mix_tests * nb_tail(rest, tested.mix_baseline * rest_share, tested.mix_doubt)
            end
        ) <= $max_rest_p
        and p_value <= case
            when metric = 'list_accesses' and not is_large_share then $max_list_p
            when metric in ('strangers', 'high_subjects', 'export_days') then $max_uneven_p
            else $max_p
        end
        and (metric <> 'strangers' or ratio >= $min_stranger_ratio)
    qualify row_number() over (
        partition by user_id order by is_same_work, p_value, ratio desc, weeks, metric = 'subjects' desc, metric
    ) = 1
),
-- What it was when it was told; what was only kept for the record tells nobody, but is not kept each day.
told as (
    select
        coalesce(person.usual_id, finding.actor) as user_id,
        json_extract_string(finding.evidence, '$.counted') as metric,
        max(json_extract(finding.evidence, '$.ratio')::double) as kept_ratio,
        max(json_extract(finding.evidence, '$.ratio')::double) filter (
            where finding.severity in ('critical', 'high', 'medium')
            and finding.status <> 'suppressed'
        ) as told_ratio
    from lake.findings as finding
    left join context_person as person on person.user_id = finding.actor
    where finding.detector = 'slow-collection'
        and finding.date between $date - $history_days::int and $date - 1
    group by all
),
new as (
    select chosen.*
    from chosen
    left join told using (user_id, metric)
    where ratio >= $grown_again * coalesce(case when is_new or is_same_work then kept_ratio else told_ratio end, 0)
),
period as (
    select
        user_id,
        min(worked_day.log_date) as first_on,
        min(worked_day.first_time) as first_seen,
        max(worked_day.last_time) as last_seen,
        sum(worked_day.accesses) as accesses,
        max(worked_day.sites) as sites,
        arg_max(worked_day.site_id, worked_day.accesses) as site_id
    from new
    inner join worked_day using (user_id)
    where worked_day.week < new.weeks
    group by user_id
),
history as (
    select
        user_id,
        list({
            'on': worked_day.log_date,
            'value': case
                when new.metric in ('exports', 'export_days') then worked_day.exports
                when new.metric = 'list_accesses' then worked_day.list_accesses
                when new.metric = 'refused' then worked_day.refused
                else worked_day.subjects
            end::double
        } order by worked_day.log_date) as days
    from new
    inner join worked_day using (user_id)
    group by user_id
),
today as (
    select
        user_id,
        max(data_level) as data_level,
        first_ten(list(distinct subject_id) filter (where subject_id is not null)) as subjects,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses
    from day_request
    semi join new using (user_id)
    where is_personal
    group by user_id
)
select
    period.site_id,
    'user' as actor_kind,
    new.user_id as actor,
    period.first_seen,
    period.last_seen,
    period.accesses::bigint as event_count,
    round(coalesce(people.value, 0))::bigint as subject_count,
    null as p_value,
    {
        'observed': round(new.value)::bigint,
        'expected': round(new.baseline, 1),
        'ratio': round(new.ratio, 2),
        'unit': case when new.metric in ('subjects', 'high_subjects', 'strangers') then 'records' else 'requests' end,
        'counted': new.metric,
        'window_days': new.weeks * days_a_week(),
        'first_on': period.first_on::varchar,
        'baseline': case when new.days_before >= few_days() then 'own' else 'peers' end,
        'baseline_days': new.days_before,
        'p_value': printf('%.1e', new.p_value)::double,
        'own_mean': round(new.level, 1),
        'peer_mean': round(new.high_level, 1),
        'peers': new.peers_known,
        'common_factor': round(new.growth, 2),
        'taken_over': round(new.taken_over, 1),
        'is_new': new.is_new,
        'is_same_work': new.is_same_work,
        'beside_factor': round(new.beside_factor, 2),
        'sites': period.sites,
        'user_type': new.user_type,
        'data_level': today.data_level,
        'series': history.days,
        'subjects': today.subjects,
        'addresses': today.addresses
    } as evidence,
    new.metric,
    new.ratio,
    new.value,
    new.value - new.baseline as beyond,
    new.is_new,
    new.is_same_work
from new
inner join period using (user_id)
inner join history using (user_id)
left join today using (user_id)
left join amount as people
    on people.user_id = new.user_id and people.weeks = new.weeks and people.back = 0 and people.metric = 'subjects'
