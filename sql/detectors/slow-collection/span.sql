-- One row per length of window and place of it: `back` such windows before the one that ends on $date. Weeks
-- count back from $date; sets of them are bits. Only whole weeks, so that every window has the same weekdays.
select
    weeks, back,
    weeks * back as first_week,
    weeks * (back + 1) - 1 as last_week,
    ((1::ubigint << weeks) - 1) << (weeks * back) as weeks_within,
    -- The weeks before it by which a customer is known, as many as the longest window has: customers of one's own are
    -- seen once a month. A window without all of them knows nobody.
    last_week + longest as first_known_week,
    case
        when first_known_week < $reach_weeks then ((1::ubigint << longest) - 1) << (weeks * (back + 1))
    end as weeks_before
from (select unnest($window_weeks::int[]) as weeks, list_max($window_weeks::int[]) as longest)
cross join (select unnest(range($reach_weeks::int)) as back)
where weeks * (back + 1) <= $reach_weeks
