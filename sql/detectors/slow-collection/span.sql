-- One row per length of window and place of it: `back` such windows before the one that ends on $date. Weeks
-- count back from $date; sets of them are bits. Only whole weeks, so that every window has the same weekdays.
select
    length.weeks,
    place.back,
    length.weeks * place.back as first_week,
    length.weeks * (place.back + 1) - 1 as last_week,
    ((1::ubigint << length.weeks) - 1) << (length.weeks * place.back) as weeks_within,
    -- The weeks before it by which a customer is known; a window without all of them knows nobody.
    case
        when length.weeks * (place.back + 1) + $known_weeks::int <= $reach_weeks
            then ((1::ubigint << $known_weeks::int) - 1) << (length.weeks * (place.back + 1))
    end as weeks_before
from (select unnest($window_weeks::int[]) as weeks) as length
cross join (select unnest(range($reach_weeks::int)) as back) as place
where length.weeks * (place.back + 1) <= $reach_weeks
