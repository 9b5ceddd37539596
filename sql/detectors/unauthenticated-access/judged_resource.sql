-- One row per resource to which more anonymous accesses came than usual, or some without a session
-- among many with one.
with closed as (
    select *, usual_share * accesses as usual, false as is_by_session
    from resource_today
    where usual_share <= $closed_share
        and anonymous_accesses > $usual_ratio * usual_share * accesses + $usual_slack
)
select * from closed
union all by name
select * from sessionless
