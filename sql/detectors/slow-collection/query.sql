-- Who has seen or taken more over one, two or four weeks than their own past, their colleagues' growth and the
-- work of those who are away explain, and goes on. Told once, and again when it has grown as much again.
with judged as (
    select
        now.*,
        (
            person_days_of_variation() * coalesce(team.dispersion, usual_dispersion() / days_of_a_level())
            + now.windows * least(largest_dispersion(), greatest(0, coalesce(now.own_dispersion, 0)))
        ) / (person_days_of_variation() + now.windows) as dispersion,
        beside.value / nullif(beside.expected * beside.growth, 0) as beside_factor,
        team.high_level,
        team.people as peers_known,
        -- In a new post one does what others do.
        greatest(
            $least_expected,
            now.expected * now.growth + now.taken_over,
            case when now.is_new or now.days_before < few_days() then team.high_level * now.days else 0 end
        ) as baseline,
        now.value / baseline as ratio,
        ratio <= $raised_ratio * coalesce(beside_factor, 0) as is_same_work,
        nb_tail(
            now.value, baseline, with_doubt(dispersion, (dispersion + 1.0 / baseline) / greatest(now.windows, 1))
        ) as p_value
    from expectation as now
    semi join (from worked_day where log_date = $date) as today on today.user_id = now.user_id
    left join expectation as beside
        on beside.user_id = now.user_id and beside.weeks = now.weeks and beside.metric = beside_of(now.metric)
    left join group_usual as team
        on team.peers = now.peers and team.weeks = now.weeks and team.metric = now.metric
    where now.metric not in ('beside_records', 'beside_lists')
        -- What others of a group do tells what to expect of somebody new, or of how many strangers there are.
        and (
            now.days_before >= few_days()
            or (peers_known > few_colleagues() and (now.is_new or now.metric = 'strangers'))
        )
        -- Of whom most people are strangers, the number of people tells it.
        and (now.metric <> 'strangers' or now.level <= half(now.people_level))
    -- What happens this week is not over.
    qualify max(ratio) filter (where now.weeks = 1) over (partition by now.user_id, now.metric) >= $raised_ratio
        and ratio >= if(now.metric = 'strangers', $high_ratio, $min_ratio)
        and now.value > $raised_ratio * now.highest
        and now.value - baseline
            >= case when now.metric in ('exports', 'refused') then $min_actions else $min_subjects end
        and p_value <= $max_p
),
-- One large day is no collection, and other detectors tell of it. Of strangers no day is counted.
by_day as (
    select
        judged.user_id, judged.weeks, judged.metric,
        case judged.metric
            when 'subjects' then worked_day.subjects
            when 'exports' then worked_day.exports
            when 'list_accesses' then worked_day.list_accesses
            when 'refused' then worked_day.refused
        end as on_day,
        judged.baseline / judged.days as usual_day
    from judged
    inner join worked_day on worked_day.user_id = judged.user_id and worked_day.week < judged.weeks
),
raised as (
    select
        user_id, weeks, metric,
        count(*) filter (where on_day > $min_ratio * usual_day or metric = 'strangers') as raised_days,
        coalesce(max(on_day), 0) as largest_day
    from by_day
    group by user_id, weeks, metric
),
chosen as (
    select judged.*
    from judged
    inner join raised using (user_id, weeks, metric)
    where raised.raised_days >= greatest($least_raised_days, half(judged.days))
        -- Nor is it one large day with which the others are no more than a little above.
        and judged.value - raised.largest_day >= $raised_ratio * judged.baseline * (1 - 1 / judged.days)
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
    where ratio >= $min_ratio * coalesce(case when is_new or is_same_work then kept_ratio else told_ratio end, 0)
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
                when new.metric = 'exports' then worked_day.exports
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
        'unit': case when new.metric in ('subjects', 'strangers') then 'records' else 'requests' end,
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
