with request as (
    select
        site_id, resource_id, subject_id, subject_number, user_id, user_type, session_id,
        client_ip, subnet, data_level, time, line_no, is_access,
        subject_number // $bucket_numbers as bucket
    from day_request
    where subject_number is not null and data_level > 0 and reason is null
        and (is_access or status in (400, 401, 403, 404, 410))
        and method is distinct from 'OPTIONS'
),
-- A session that looked at next to nothing may be one of many that a program threw away.
session as (
    select
        site_id, session_id,
        count(distinct subject_id) as subjects
    from request
    where user_id is null and session_id is not null
    group by site_id, session_id
    having count(distinct subject_id) >= $min_session_subjects
),
named as (
    select
        request.*,
        case
            when request.user_id is not null then 'user'
            when session.session_id is not null then 'session'
            else 'ip'
        end as unit_kind,
        coalesce(request.user_id, session.session_id, request.client_ip) as unit,
        hash(request.site_id, request.resource_id, unit_kind, unit) as unit_key
    from request
    left join session
        on request.user_id is null
        and session.site_id = request.site_id and session.session_id = request.session_id
),
resource as (
    select
        site_id, resource_id,
        max(subject_number) - min(subject_number) + 1 as span,
        approx_count_distinct(hash(unit_key, subject_id)) as touches
    from named
    group by site_id, resource_id
),
-- A walk has many numbers close by; whoever has not is looked at no further.
unit_bucket as (
    select
        unit_key, bucket,
        count(*) as requests,
        count(*) filter (where not is_access) as misses
    from named
    where unit is not null
    group by unit_key, bucket
),
suspect as (
    select
        unit_key,
        list(distinct bucket) filter (where requests >= half($min_numbers)) as buckets
    from unit_bucket
    group by unit_key
    having (sum(requests) >= $min_numbers and max(requests) >= half($min_numbers))
        or sum(misses) >= $min_misses
),
close_bucket as (
    select distinct suspect.unit_key, near.bucket + shift.step as bucket
    from suspect
    cross join unnest(suspect.buckets) as near (bucket)
    cross join unnest([-1, 0, 1]) as shift (step)
),
touched as (
    select
        named.unit_key, named.subject_id,
        any_value(named.site_id) as site_id,
        any_value(named.resource_id) as resource_id,
        any_value(named.unit_kind) as unit_kind,
        any_value(named.unit) as unit,
        any_value(named.bucket) as bucket,
        any_value(named.subject_number) as number,
        any_value(named.user_type) as user_type,
        any_value(named.subnet) as subnet,
        max(named.data_level) as data_level,
        min(named.time) as touched_at,
        max(named.time) as last_at,
        min(named.line_no) as line_no,
        count(*) as requests,
        bool_or(named.is_access) as is_hit
    from named
    semi join suspect using (unit_key)
    group by named.unit_key, named.subject_id
),
unit_day as (
    select
        site_id, resource_id, unit_kind, unit,
        count(*) as numbers,
        count(*) filter (where not is_hit) as misses,
        min(touched_at) filter (where not is_hit) as first_miss_at,
        max(touched_at) filter (where not is_hit) as last_miss_at
    from touched
    group by site_id, resource_id, unit_kind, unit
),
-- Ids with other letters before the number are other ids; of a UUID each has letters of its own.
ordered as (
    select
        touched.*,
        left(subject_id, instr(subject_id, subject_digits(subject_id)) - 1) as prefix,
        unit_day.numbers as unit_numbers
    from touched
    semi join close_bucket using (unit_key, bucket)
    inner join unit_day using (site_id, resource_id, unit_kind, unit)
    where unit_day.numbers >= $min_numbers
),
spaced as (
    select
        ordered.*,
        scale.max_gap,
        row_number() over by_number as place,
        number - lag(number) over by_number as gap
    from ordered
    cross join (select unnest($max_gaps::int[]) as max_gap) as scale
    window by_number as (
        partition by site_id, resource_id, unit_kind, unit, prefix, scale.max_gap order by number
    )
),
chained as (
    select
        spaced.*,
        count(*) filter (where gap > max_gap) over (
            partition by site_id, resource_id, unit_kind, unit, prefix, max_gap order by number
            rows unbounded preceding
        ) as chain
    from spaced
),
long_chain as (
    select
        chained.*,
        place - lag(place) over in_time as step,
        touched_at - lag(touched_at) over in_time as pause,
        count(*) over (
            partition by site_id, resource_id, unit_kind, unit, prefix, max_gap, chain
        ) as length
    from chained
    window in_time as (
        partition by site_id, resource_id, unit_kind, unit, prefix, max_gap, chain
        order by touched_at, line_no
    )
    qualify length >= $min_numbers
),
run as (
    select
        site_id, resource_id, unit_kind, unit, prefix, max_gap, chain,
        any_value(user_type) as user_type,
        any_value(subnet) as subnet,
        any_value(unit_numbers) as unit_numbers,
        count(*) as numbers,
        count(*) filter (where is_hit) as hits,
        min(number) as from_number,
        max(number) as to_number,
        max(number) - min(number) + 1 as span,
        count(*) filter (where abs(step) = 1) / (count(*) - 1) as ordered_share,
        count(*) filter (where step = 1) / (count(*) - 1) as ascending_share,
        median(epoch(pause)) as pause_seconds
    from long_chain
    group by site_id, resource_id, unit_kind, unit, prefix, max_gap, chain
),
run_bucket as (
    select
        run.*,
        unnest(range(
            (from_number - span) // $bucket_numbers, (to_number + span) // $bucket_numbers + 1
        )) as bucket
    from run
    where numbers >= case
            when unit_kind = 'user' and user_type <> 'customer' then $min_staff_numbers
            else $min_numbers
        end
),
neighbourhood as (
    select
        run_bucket.site_id, run_bucket.resource_id, run_bucket.unit_kind, run_bucket.unit,
        run_bucket.prefix, run_bucket.max_gap, run_bucket.chain,
        count(distinct other.subject_number) filter (
            where other.subject_number between run_bucket.from_number and run_bucket.to_number
        ) as inside,
        count(distinct other.subject_number) filter (
            where other.subject_number not between run_bucket.from_number and run_bucket.to_number
        ) as beside
    from run_bucket
    inner join named as other using (site_id, resource_id, bucket)
    where other.unit <> run_bucket.unit
        and other.subject_number between run_bucket.from_number - run_bucket.span
        and run_bucket.to_number + run_bucket.span
    group by all
),
-- How often the person's numbers would follow each other so closely by chance: if picked like the
-- others' numbers of the day from the whole range, or from this part of it.
compared as (
    select
        run.*,
        resource.span as resource_span,
        resource.touches - run.unit_numbers as others,
        coalesce(neighbourhood.inside, 0) + coalesce(neighbourhood.beside, 0) as others_near,
        (coalesce(neighbourhood.inside, 0) + coalesce(neighbourhood.beside, 0))
            / ($near_spans * run.span) as density_near,
        least($max_density, greatest(
            run.unit_numbers / resource.span::double,
            density_near * run.unit_numbers / greatest(resource.touches - run.unit_numbers, 1)
        )) as chance_density
    from run
    semi join run_bucket
        using (site_id, resource_id, unit_kind, unit, prefix, max_gap, chain)
    inner join resource using (site_id, resource_id)
    left join neighbourhood using (site_id, resource_id, unit_kind, unit, prefix, max_gap, chain)
),
rated as (
    select
        compared.*,
        log10(unit_numbers)
            + numbers * log10(1 - (1 - chance_density) ** max_gap) as log_chance,
        -- New cases taken as they come in: one after the other, at the pace of work, where
        -- colleagues work too.
        ascending_share >= $min_ordered_share and pause_seconds >= $work_pause_seconds
        and density_near >= $hot_share * numbers / span
        and density_near >= $hot_ratio * others / resource_span as is_queue
    from compared
),
habit as (
    select
        user_day.user_id as unit, user_day.site_id,
        count(*) as days,
        avg(user_day.sequential_steps) as sequential_steps,
        avg(user_day.subjects) as subjects,
        avg(user_day.refused) as refused,
        median(user_day.subject_span) as span,
        bit_or(user_day.subject_bits_low) as working_set_low,
        bit_or(user_day.subject_bits_high) as working_set_high,
        any_value(today.subjects) as subjects_today,
        any_value(today.subject_span) as span_today,
        count(*) filter (
            where user_day.sequential_steps / user_day.record_accesses
            >= $habit_size * today.sequential_steps / greatest(today.record_accesses, 1)
        ) as like_today
    from past.user_day
    inner join lake.user_day as today
        on today.log_date = $date
        and today.site_id = user_day.site_id and today.user_id = user_day.user_id
    anti join excluded_days
        on excluded_days.actor_kind = 'user' and excluded_days.actor = user_day.user_id
        and excluded_days.category in ('personal_data', 'authentication')
        and user_day.log_date between excluded_days.from_day and excluded_days.to_day
    where user_day.record_accesses > 0
        and user_day.user_id in (
            select unit from unit_day where unit_kind = 'user' and numbers >= $min_numbers
        )
    group by user_day.user_id, user_day.site_id
),
-- How many of a run's records the person has seen on the days before. Whoever sees ever other records
-- has seen all of them, as far as the bits tell, and is known by none.
familiar as (
    select
        chain.site_id, chain.resource_id, chain.unit_kind, chain.unit, chain.prefix,
        chain.max_gap, chain.chain,
        count(*) filter (
            where subject_bits(chain.subject_id, 0) & habit.working_set_low <> 0
                or subject_bits(chain.subject_id, 1) & habit.working_set_high <> 0
        ) as numbers
    from long_chain as chain
    inner join habit on habit.unit = chain.unit and habit.site_id = chain.site_id
    where chain.unit_kind = 'user'
        and habit.days >= $habit_days
        and bit_count(habit.working_set_low)::int + bit_count(habit.working_set_high)::int <= subject_bit_count() * $working_set_fill
    group by all
),
-- An office behind one address, where the log names no user, has a past as a subnet.
subnet_habit as (
    select site_id, subnet, count(*) as days, avg(anonymous_accesses) as accesses
    from past.subnet_day
    where anonymous_accesses > 0
        and subnet in (select subnet from run where unit_kind <> 'user')
    group by site_id, subnet
),
site_habit as (
    select user_day.site_id, user_day.user_type,
        sum(user_day.sequential_steps) / greatest(count(*), 1) as sequential_steps,
        count(*) as person_days
    from past.user_day
    where user_day.record_accesses > 0
        and user_day.site_id in (select site_id from run)
    group by user_day.site_id, user_day.user_type
),
dense as (
    select
        rated.*,
        rated.ordered_share >= $min_ordered_share as is_ordered,
        habit.days as own_days,
        habit.sequential_steps as own_steps,
        habit.subjects as own_subjects,
        site_habit.sequential_steps as peer_steps,
        coalesce(familiar.numbers, 0) as known_numbers,
        'run' as kind
    from rated
    left join familiar using (site_id, resource_id, unit_kind, unit, prefix, max_gap, chain)
    left join habit
        on rated.unit_kind = 'user' and habit.unit = rated.unit and habit.site_id = rated.site_id
    left join subnet_habit
        on rated.unit_kind <> 'user' and subnet_habit.subnet = rated.subnet
        and subnet_habit.site_id = rated.site_id
    left join site_habit
        on site_habit.site_id = rated.site_id and site_habit.user_type = rated.user_type
    where not rated.is_queue
        -- Whoever works through a list every day, and whoever does so on every site like this.
        and not (
            coalesce(habit.like_today, 0) >= greatest(
                least($habit_days, greatest(habit.days, $newcomer_days)), $habit_share * habit.days
            )
            and rated.ordered_share >= $min_ordered_share
        )
        -- Whoever has a working set of records, such as the vehicles of a fleet, sees close
        -- numbers every day: the same ones …
        and coalesce(familiar.numbers, 0) < $working_set_share * rated.numbers
        -- … or, of a working set too large to be told apart, as many as ever within as little.
        and not (
            coalesce(habit.days, 0) >= $habit_days
            and habit.span < $working_set_width * habit.subjects
            and habit.span_today <= $working_set_growth * habit.span
            and habit.subjects_today <= $working_set_growth * habit.subjects
        )
        and coalesce(site_habit.sequential_steps, 0)
            < $habit_size * rated.ordered_share * rated.numbers
            + case when rated.ordered_share < $min_ordered_share then rated.numbers else 0 end
        and case
            -- Nobody else is there to compare with: then only order, or more than usual, tells.
            when rated.others < $min_others then
                rated.ordered_share >= $min_ordered_share
                or (
                    rated.numbers >= $lone_ratio * coalesce(habit.subjects, subnet_habit.accesses, 0)
                    and rated.numbers >= $lone_density * rated.span
                )
            else rated.log_chance <= $max_log_chance
        end
        and (
            subnet_habit.days is null or subnet_habit.days < $habit_days
            or rated.ordered_share >= $min_ordered_share
            or rated.numbers >= $lone_ratio * subnet_habit.accesses
        )
),
guesser as (
    select
        unit_day.*,
        habit.days as own_days,
        habit.refused as own_refused
    from unit_day
    left join habit
        on unit_day.unit_kind = 'user' and habit.unit = unit_day.unit
        and habit.site_id = unit_day.site_id
    where unit_day.misses >= $min_misses
        and unit_day.misses >= $min_miss_share * unit_day.numbers
        and unit_day.misses >= $miss_ratio * coalesce(habit.refused, 0)
),
-- What answered before the first or after the last miss is other work.
guess as (
    select
        guesser.*,
        count(*) filter (where touched.is_hit) as hits
    from guesser
    inner join touched using (site_id, resource_id, unit_kind, unit)
    where touched.touched_at between guesser.first_miss_at and guesser.last_miss_at
    group by all
),
found as (
    select
        site_id, resource_id, unit_kind, unit, user_type, numbers, hits, numbers - hits as misses,
        from_number, to_number, span, ordered_share, pause_seconds, log_chance, others_near,
        own_days, own_steps, own_subjects, peer_steps, known_numbers,
        case when is_ordered then 'sequential' else 'shuffled' end as pattern
    from dense
    union all by name
    select
        site_id, resource_id, unit_kind, unit, null as user_type, misses + hits as numbers, hits,
        misses, own_days, own_refused, 'guessed' as pattern
    from guess
),
unit_found as (
    select *
    from found
    qualify row_number() over (
        partition by site_id, unit_kind, unit
        order by pattern <> 'guessed' desc, hits desc, numbers desc, resource_id
    ) = 1
),
seen as (
    select
        touched.site_id, touched.unit_kind, touched.unit,
        any_value(touched.user_type) as user_type,
        max(touched.data_level) as data_level,
        min(touched.touched_at) as first_seen,
        max(touched.last_at) as last_seen,
        sum(touched.requests) as requests,
        count(*) filter (where touched.is_hit) as subject_count,
        first_ten(list(distinct touched.subject_id)) as subjects
    from touched
    inner join unit_found using (site_id, resource_id, unit_kind, unit)
    where unit_found.from_number is null
        or touched.number between unit_found.from_number and unit_found.to_number
    group by touched.site_id, touched.unit_kind, touched.unit
),
place as (
    select
        named.site_id, named.unit_kind, named.unit,
        count(distinct named.client_ip) as address_count,
        any_value(named.client_ip) as any_address,
        first_ten(list(distinct named.client_ip) filter (where named.client_ip is not null))
            as addresses
    from named
    semi join unit_found using (site_id, unit_kind, unit)
    group by named.site_id, named.unit_kind, named.unit
),
actor as (
    select
        unit_found.* exclude (user_type),
        seen.* exclude (site_id, unit_kind, unit),
        place.addresses, place.address_count,
        case
            when unit_found.unit_kind = 'session' and place.address_count = 1 then 'ip'
            else unit_found.unit_kind
        end as actor_kind,
        case
            when unit_found.unit_kind = 'session' and place.address_count = 1
                then place.any_address
            else unit_found.unit
        end as actor
    from unit_found
    inner join seen using (site_id, unit_kind, unit)
    inner join place using (site_id, unit_kind, unit)
)
select
    site_id,
    actor_kind,
    actor,
    first_seen,
    last_seen,
    requests as event_count,
    subject_count,
    {
        'observed': numbers,
        'unit': 'records',
        'pattern': pattern,
        'from_number': from_number,
        'to_number': to_number,
        'density': round(numbers / span, 2),
        'ordered_share': round(ordered_share, 2),
        'pause_seconds': round(pause_seconds, 1),
        'log10_chance': round(greatest(log_chance, $least_log_chance), 1),
        'others_near': others_near,
        'seen_before': known_numbers,
        'successes': hits,
        'misses': misses,
        'resource_id': resource_id,
        'baseline': case when own_days >= $own_days_enough then 'own' else 'none' end,
        'baseline_days': coalesce(own_days, 0),
        'own_mean': round(own_subjects, 1),
        'own_refused': round(own_refused, 1),
        'own_sequential_steps': round(own_steps, 1),
        'peer_sequential_steps': round(peer_steps, 1),
        'user_type': user_type,
        'data_level': data_level,
        'subjects': subjects,
        'addresses': addresses,
        'address_count': address_count
    } as evidence,
    numbers,
    hits,
    misses,
    pattern
from actor
qualify row_number() over (
    partition by site_id, actor_kind, actor order by pattern <> 'guessed' desc, hits desc, numbers desc
) = 1
