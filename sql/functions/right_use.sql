-- table function right_use: 権限とそれを持つ人ごとに一行：期間中にどれだけ使ったか / One row per right and person who has it: how much it was used from one day to another. [personal]
-- parameter since: この日から（設定の時間帯） / From this day on, in the configured zone.
-- parameter until: この日まで / Up to this day.
create or replace macro lake.right_use(since, until) as table
with person as (
    select
        usual_id as user_id, min(name) as name, min(department) as department,
        min(joined_on) as joined_on, max(left_on) as left_on
    from lake.person
    group by usual_id
),
granted as (
    select
        privilege.user_id as account, privilege.department as granted_to, privilege.resource_id,
        privilege.data_level, privilege.site_id, privilege.from_at,
        least(privilege.to_at, privilege.removed_at) as to_at
    from lake.privilege as privilege
    where privilege.from_at < until::date + 1
        and least(privilege.to_at, privilege.removed_at) >= since::date
),
-- A right of a department is one of each of its people, of those who have left until they left.
holding as (
    select
        coalesce(account.usual_id, granted.account) as user_id, person.name, person.department,
        null as granted_to, granted.resource_id, granted.data_level, granted.site_id,
        granted.from_at, granted.to_at, person.joined_on
    from granted
    left join lake.person as account on account.user_id = granted.account
    left join person on person.user_id = coalesce(account.usual_id, granted.account)
    where granted.account is not null
    union all by name
    select
        person.user_id, person.name, person.department, granted.granted_to, granted.resource_id,
        granted.data_level, granted.site_id, granted.from_at, granted.to_at, person.joined_on
    from granted
    inner join person on person.department = granted.granted_to
    where coalesce(person.left_on >= since::date, true)
),
holder as (
    select
        *,
        from_at < since::date + 1 and to_at >= until::date
            and coalesce(joined_on <= since::date, true) as is_whole_time
    from holding
),
use as (
    select
        log_date, site_id, user_id, resource_id, data_level, count(*) as accesses
    from lake.personal_data_access
    where log_date between since::date and until::date
        and user_id in (select holder.user_id from holder)
    group by all
)
select
    holder.user_id, any_value(holder.name) as name, any_value(holder.department) as department,
    holder.granted_to, holder.resource_id, holder.data_level, holder.site_id,
    holder.from_at, holder.to_at,
    bool_and(holder.is_whole_time) as is_whole_time,
    coalesce(sum(use.accesses), 0)::bigint as accesses, max(use.log_date) as last_used_on,
    max(use.data_level) as highest_level_used
from holder
left join use
    on use.user_id = holder.user_id
    and coalesce(holder.site_id = use.site_id, true)
    and coalesce(holder.resource_id = use.resource_id, true)
    and coalesce(use.data_level <= holder.data_level, true)
    and use.log_date between holder.from_at::date and holder.to_at::date
group by
    holder.user_id, holder.granted_to, holder.resource_id, holder.data_level, holder.site_id,
    holder.from_at, holder.to_at
order by accesses, holder.user_id, holder.resource_id, holder.data_level, holder.site_id;
