with shop as (
    select site_id, ltrim(lower(franchise), '0') as shop
    from cached.site
    where franchise is not null
),
-- An id that names no shop with a site (an old code, a person's own number) says nothing.
-- Who has accounts at several shops is at home in each.
named as (
    select user_franchise.user_id,
        list_sort(list(distinct ltrim(lower(user_franchise.franchise), '0'))) as shops
    from user_franchise
    where ltrim(lower(user_franchise.franchise), '0') in (select shop.shop from shop)
    group by user_franchise.user_id
),
request as (
    select
        request.site_id, shop.shop, request.user_id, request.time, request.is_personal,
        request.status, request.resource_kind, request.resource_id, request.data_level,
        request.subject_id, request.client_ip, request.subnet, request.reason
    from day_request as request
    inner join shop using (site_id)
    where request.user_type = 'franchise'
        and request.data_level > 0
        and (request.is_personal or request.status in (401, 403, 404))
),
person as (
    select distinct user_id from request
),
past_day as (
    select distinct user_day.user_id, user_day.log_date, shop.shop
    from past.user_day
    inner join shop using (site_id)
    semi join person using (user_id)
    anti join excluded_days
        on excluded_days.actor_kind = 'user' and excluded_days.actor = user_day.user_id
        and excluded_days.site_id = user_day.site_id
        and excluded_days.category = 'personal_data'
        and user_day.log_date between excluded_days.from_day and excluded_days.to_day
    where user_day.record_accesses + user_day.list_accesses + user_day.exports > 0
),
past as (
    select user_id, count(distinct log_date) as days
    from past_day
    group by user_id
),
past_shop as (
    select user_id, past_day.shop, count(*) as shop_days, any_value(past.days) as days
    from past_day
    inner join past using (user_id)
    group by user_id, past_day.shop
),
habitual as (
    select user_id, arg_max(shop, shop_days) as shop
    from past_shop
    group by user_id
    having max(shop_days) >= greatest($habitual_days, half(any_value(days)))
),
-- A shop that was visited once may have been a mistake.
area as (
    select user_id, count(*) as shops
    from past_shop
    where shop_days >= habit_days()
    group by user_id
    having count(*) >= $roaming_shops and any_value(days) >= few_days()
),
-- Work at a site that is on record.
posting as (
    select user_id, site_id, from_at, to_at, reason
    from context_assignment
    union all
    select user_id, site_id, from_at, to_at, reason
    from context_roster
    where site_id is not null
),
foreign_request as (
    select
        request.* replace (coalesce(request.reason, (
            select min(posting.reason)
            from posting
            where posting.user_id = request.user_id and posting.site_id = request.site_id
                and request.time between posting.from_at and posting.to_at
        )) as reason),
        coalesce(named.shops[1], habitual.shop) as own_shop
    from request
    left join named using (user_id)
    left join habitual using (user_id)
    where coalesce(named.shops[1], habitual.shop) is not null
        and not list_contains(coalesce(named.shops, [habitual.shop]), request.shop)
        -- The shop at which a person works day by day is theirs, whatever an old id says.
        and coalesce(habitual.shop, '') <> request.shop
        and not exists (
            select 1
            from past_shop
            where past_shop.user_id = request.user_id and past_shop.shop = request.shop
                -- Who has not been here for long may run several shops.
                and past_shop.shop_days >= least($helper_days, greatest(habit_days(), half(past_shop.days)))
        )
),
-- Who comes from the other shop's own line, and not from where they usually work, is there to help.
shop_line as (
    select subnet_day.site_id, subnet_day.subnet
    from past.subnet_day
    semi join foreign_request using (site_id, subnet)
    where subnet_day.personal_accesses > subnet_day.anonymous_accesses
    group by subnet_day.site_id, subnet_day.subnet
    having count(*) >= $habitual_days
),
own_line as (
    select distinct place.user_id, place.subnet
    from past.user_network_day as place
    semi join foreign_request using (user_id)
),
finding as (
    select
        foreign_request.site_id, foreign_request.user_id,
        any_value(foreign_request.own_shop) as own_shop,
        any_value(foreign_request.shop) as shop,
        count(*) filter (where is_personal and reason is null) as accesses,
        count(*) filter (where is_personal and reason is not null) as explained,
        count(*) filter (where not is_personal) as refused,
        count(distinct subject_id) filter (where is_personal and reason is null) as subjects,
        count(*) filter (where is_personal and reason is null and resource_kind = 'export')
            as exports,
        max(data_level) filter (where is_personal and reason is null) as data_level,
        bool_and(shop_line.subnet is not null and own_line.subnet is null) as is_there,
        min(time) as first_seen,
        max(time) as last_seen,
        first_ten(list(distinct subject_id) filter (where reason is null)) as subject_ids,
        first_ten(list(distinct client_ip)) as addresses,
        first_ten(list(distinct resource_id)) as resources
    from foreign_request
    left join shop_line using (site_id, subnet)
    left join own_line using (user_id, subnet)
    group by foreign_request.site_id, foreign_request.user_id
    having count(*) filter (where reason is null) > 0
),
judged as (
    select
        finding.*,
        area.shops as area_shops,
        coalesce(past.days, 0) as own_days
    from finding
    left join area using (user_id)
    left join past using (user_id)
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    greatest(accesses, refused) as event_count,
    subjects as subject_count,
    {
        'observed': subjects,
        'expected': 0,
        'unit': 'records',
        'baseline': case when own_days > 0 then 'own' else 'none' end,
        'baseline_days': own_days,
        'own_shop': own_shop,
        'shop': shop,
        'refused': refused,
        'explained': explained,
        'exports': exports,
        'area_shops': area_shops,
        'reason': case when is_there then 'own_line_of_shop' end,
        'data_level': data_level,
        'successes': accesses,
        'user_type': 'franchise',
        'subjects': subject_ids,
        'resources': resources,
        'addresses': addresses
    } as evidence,
    accesses,
    subjects,
    exports,
    area_shops,
    is_there,
    own_days
from judged
