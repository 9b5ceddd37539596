-- Who has seen or taken more over one, two or four weeks than their own past, their colleagues' growth and the
-- work of those who are away explain, and goes on. Told once, and again when it has grown by half.
with judged as (
    select
        expectation.*,
        member.user_type,
        -- In a new post one does what others do.
        greatest(
            expectation.expected * expectation.growth + expectation.taken_over,
            case
                when expectation.is_new or expectation.days_before < few_days()
                    then group_usual.high_level * expectation.days
                else 0
            end
        ) as usual,
        group_usual.high_level,
        group_usual.people as peers_known,
        greatest($least_dispersion, (
            $windows_of_variation * coalesce(varied.dispersion, $usual_dispersion)
            + expectation.varied_windows * least(
                largest_dispersion(), coalesce(expectation.excess / nullif(expectation.square, 0), 0)
            )
        ) / ($windows_of_variation + expectation.varied_windows)) as dispersion,
        greatest($least_dispersion, (
            $windows_of_variation * coalesce(varied.mix_dispersion, $usual_dispersion)
            + expectation.varied_windows * least(
                largest_dispersion(), coalesce(expectation.mix_excess / nullif(expectation.mix_square, 0), 0)
            )
        ) / ($windows_of_variation + expectation.varied_windows)) as mix_dispersion,
        beside.value as beside_value,
        beside.expected * beside.growth as beside_expected,
        case expectation.metric
            when 'subjects' then $min_subjects
            when 'high_subjects' then $min_subjects
            when 'strangers' then $min_strangers
            when 'exports' then $min_exports
            when 'export_days' then $min_export_days
            when 'list_accesses' then $min_share_lists
            else $min_refused
        end as floor
    from expectation
    inner join member using (user_id)
    left join expectation as beside
        on beside.user_id = expectation.user_id and beside.weeks = expectation.weeks
        and beside.metric = beside_of(expectation.metric)
    left join group_usual
        on group_usual.peers = expectation.peers and group_usual.weeks = expectation.weeks
        and group_usual.metric = expectation.metric
    left join group_usual as varied
        on varied.peers = expectation.peers
        and varied.weeks = least(expectation.weeks, $longest_varied_weeks)
        and varied.metric = expectation.metric
    where expectation.metric not in ('beside_records', 'beside_lists')
),
compared as (
    select
        judged.*,
        greatest(usual, least_expected) as baseline,
        value / greatest(usual, least_expected) as ratio,
        -- What is allowed to everybody is no level that a few counts would leave in doubt.
        case when usual > least_expected then 1.0 / usual else 0 end as level_doubt
    from (
        select *, case metric when 'export_days' then $least_export_days * weeks else $least_expected end
            as least_expected
        from judged
    ) as judged
    where (
        days_before >= few_days()
        -- How many strangers there are is known weeks after how many people, and the colleagues tell until then.
        or (
            peers_known > few_colleagues()
            and (is_new or (metric = 'strangers' and days_before >= days_of_a_level()))
        )
    )
        -- Of whom nearly all are strangers, or seen at the highest level, the number of people tells it.
        and (
            metric not in ('high_subjects', 'strangers')
            or level <= $part_share * people_level
        )
),
doubted as (
    select
        compared.*,
        case
            when ratio >= $min_ratio and value - baseline >= floor
                and value > $habit_margin * highest
                then with_doubt(
                    -- A department that grows does not grow alike.
                    dispersion + ($growth_spread * (growth - 1)) ** 2,
                    (dispersion + level_doubt) / greatest(windows, 1)
                )
        end as volume_doubt,
        case
            when beside_expected > 0
                then least(
                    largest_common_factor(),
                    -- Work may change more from one week to the next than it did before.
                    beside_step(1 / greatest(dispersion, $work_spread), beside_value, beside_expected)
                )
        end as beside_factor,
        case
            when volume_doubt is not null and beside_expected > 0
                then with_doubt(
                    mix_dispersion + 1 / (1 / greatest(dispersion, $work_spread) + beside_value),
                    (mix_dispersion + level_doubt + 1.0 / beside_expected) / greatest(windows, 1)
                )
        end as mix_doubt,
        greatest(least_expected, usual * beside_factor) as mix_baseline
    from compared
),
tested as (
    select
        doubted.*,
        case when volume_doubt is not null then nb_tail(value, baseline, volume_doubt) end
            as volume_p,
        case when mix_doubt is not null then nb_tail(value, mix_baseline, mix_doubt) end as mix_p,
        coalesce(least(1, $mix_tests * mix_p) <= $max_share_p, false) as is_large_share,
        case
            when volume_p is not null then least(volume_p, coalesce($mix_tests * mix_p, 1))
        end as chance,
        -- Whose other work grew alike has more to do.
        coalesce(mix_p > $max_mix_p, false) as is_same_work
    from doubted
),
-- On how many days of a window a person did more than a day's share: one large day is no collection, and other
-- detectors tell of it. Of strangers no day is counted.
by_day as (
    select
        tested.user_id, tested.weeks, tested.metric, tested.baseline / tested.days as share,
        tested.beside_factor, tested.value as window_value, told_day.user_id is not null as is_told,
        case tested.metric
            when 'exports' then worked_day.exports
            when 'export_days' then least(1, worked_day.exports)
            when 'list_accesses' then worked_day.list_accesses
            when 'refused' then worked_day.refused
            when 'high_subjects' then high_day.subjects
            when 'subjects' then worked_day.subjects
        end as value
    from tested
    inner join worked_day on worked_day.user_id = tested.user_id and worked_day.week < tested.weeks
    left join told_day
        on told_day.user_id = tested.user_id and told_day.log_date = worked_day.log_date
    left join high_day
        on high_day.user_id = tested.user_id and high_day.log_date = worked_day.log_date
    where tested.chance is not null
),
raised as (
    select
        user_id, weeks, metric,
        count(*) as days,
        count(*) filter (
            where metric = 'strangers'
                -- In a week with little other work, less is expected of a day.
                or value > $raised_ratio * share * least(1.0, coalesce(beside_factor, 1.0))
        ) as raised_days,
        -- What is left out: the days that were told, else the largest one.
        count(*) filter (where is_told) as told_days,
        coalesce(sum(value) filter (where is_told), 0)
            * least(1, any_value(window_value) / nullif(sum(value), 0)) as told_value,
        coalesce(max(value), 0) as largest_day,
        case when told_value > largest_day then told_days else 1 end as days_apart,
        greatest(told_value, largest_day) as value_apart
    from by_day
    group by user_id, weeks, metric
),
-- What happens this week is not over.
going_on as (
    select user_id, metric
    from compared
    where weeks = 1 and ratio >= $ongoing_ratio
        and user_id in (select worked_day.user_id from worked_day where log_date = $date)
),
found as (
    select
        tested.*,
        least(1, chance * case when beside_factor >= $busy_factor then $busy_tests else 1 end)
            as p_value
    from tested
    semi join going_on using (user_id, metric)
    inner join raised using (user_id, weeks, metric)
    where raised.raised_days
        >= least($least_raised_days, greatest($fewest_raised_days, raised.days))
        -- Nor is it one large day with which the others are no more than a little above.
        and tested.value - raised.value_apart
        >= $rest_ratio * tested.baseline * (tested.days - raised.days_apart) / tested.days
        and least(
            nb_tail(
                tested.value - raised.value_apart,
                tested.baseline * (tested.days - raised.days_apart) / tested.days, tested.volume_doubt
            ),
            case
                when tested.mix_doubt is not null
                    then $mix_tests * nb_tail(
                        tested.value - raised.value_apart,
                        tested.mix_baseline * (tested.days - raised.days_apart) / tested.days, tested.mix_doubt
                    )
            end
        ) <= $max_rest_p
        and case
            when tested.metric in ('exports', 'list_accesses')
                then (tested.weeks >= $steady_weeks or tested.is_large_share)
                    and raised.raised_days >= $steady_share * raised.days
            else tested.metric = 'export_days' or raised.raised_days >= $raised_share * raised.days
        end
),
chosen as (
    select *
    from found
    where p_value <= case
        when metric = 'list_accesses' and not is_large_share then $max_list_p
        when metric = 'strangers' then $max_stranger_p
        when metric = 'high_subjects' then $max_high_p
        when metric = 'export_days' then $max_export_days_p
        else $max_p
    end
        and (metric <> 'strangers' or ratio >= $min_stranger_ratio)
        and (metric <> 'list_accesses' or is_large_share or value - baseline >= $min_lists)
    qualify row_number() over (partition by user_id order by is_same_work, p_value, ratio desc, weeks, metric = 'subjects' desc, metric) = 1
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
        and finding.date between $date - $told_days::int and $date - 1
    group by all
),
new as (
    select chosen.*
    from chosen
    left join told using (user_id, metric)
    where chosen.ratio >= $grown_again
        * coalesce(case
            when chosen.is_new or chosen.is_same_work then told.kept_ratio else told.told_ratio
        end, 0)
),
period as (
    select
        new.user_id,
        min(worked_day.log_date) as first_on,
        min(worked_day.first_time) as first_seen,
        max(worked_day.last_time) as last_seen,
        sum(worked_day.accesses + worked_day.refused) as accesses,
        max(worked_day.sites) as sites,
        arg_max(worked_day.site_id, worked_day.accesses + worked_day.refused) as site_id
    from new
    inner join worked_day
        on worked_day.user_id = new.user_id and worked_day.week < new.weeks
    group by new.user_id
),
history as (
    select
        new.user_id,
        list({
            'on': worked_day.log_date,
            'value': case new.metric
                when 'exports' then worked_day.exports
                when 'export_days' then worked_day.exports
                when 'list_accesses' then worked_day.list_accesses
                when 'refused' then worked_day.refused
                else worked_day.subjects
            end::double
        } order by worked_day.log_date) as days
    from new
    inner join worked_day using (user_id)
    group by new.user_id
),
today as (
    select
        request.user_id,
        max(request.data_level) as data_level,
        first_ten(list(distinct request.subject_id) filter (where request.subject_id is not null))
            as subjects,
        first_ten(list(distinct request.client_ip) filter (where request.client_ip is not null))
            as addresses
    from day_request as request
    semi join new using (user_id)
    where request.is_personal
    group by request.user_id
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
        'unit': case
            when new.metric in ('subjects', 'high_subjects', 'strangers') then 'records'
            else 'requests'
        end,
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
    on people.user_id = new.user_id and people.weeks = new.weeks and people.back = 0
    and people.metric = 'subjects'
