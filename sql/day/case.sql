-- Days left out of every baseline because of cases before $date: an actor's days from an open case on,
-- for $exclusion_days at most; of a confirmed case its own days until it was closed. What turned out to
-- be a false alarm or explained is ordinary and stays in the baseline. Where that would leave out most of a
-- user's working days, and the user was reported on several of them, they are the user's ordinary days, as
-- of somebody whose work has always been to see many people: none is left out, and the case stays open.
create or replace table excluded_days as
with decision as (
    select finding_id, arg_max(verdict, decided_at) as verdict,
        max(decided_at) filter (where status = 'closed') as closed_at
    from lake.triage
    group by finding_id
),
case_days as (
    select
        finding.finding_id,
        finding.actor_kind,
        coalesce(person.usual_id, finding.actor) as actor,
        finding.site_id,
        finding.detector,
        finding.category,
        finding.status,
        finding.date as from_day,
        case
            when finding.status = 'closed'
                then greatest(finding.date, least(
                    coalesce(decision.closed_at::date, finding.date), finding.date + $exclusion_days::int
                ))
            else finding.date + $exclusion_days::int
        end as to_day
    from lake.weighed_finding as finding
    left join decision on decision.finding_id = finding.finding_id
    -- A finding names the account under which the person was known then.
    left join context_person as person
        on finding.actor_kind = 'user' and person.user_id = finding.actor
    where finding.date between $history_from and $date - 1
        -- What the night's budget had no place for is a case all the same.
        and finding.severity in ('critical', 'high', 'medium')
        and (
            finding.status in ('new', 'acknowledged')
            or (finding.status = 'closed' and coalesce(decision.verdict, 'confirmed') = 'confirmed')
        )
),
ordinary as (
    select user_id
    from (
        select
            worked.user_id, worked.log_date,
            bool_or(case_days.from_day = worked.log_date) as is_told,
            bool_or(case_days.actor is not null) as is_left_out
        from cached.user_day as worked
        semi join case_days on case_days.actor_kind = 'user' and case_days.actor = worked.user_id
        left join case_days
            on case_days.actor_kind = 'user' and case_days.actor = worked.user_id
            and case_days.status = 'new'
            and worked.log_date between case_days.from_day and case_days.to_day
        where worked.log_date between $history_from and $date - 1
        group by worked.user_id, worked.log_date
    )
    group by user_id
    having count(*) filter (where is_told) >= days_of_a_level()
        and is_most(count(*) filter (where is_left_out), count(*))
)
select * exclude (status)
from case_days
where actor_kind <> 'user' or status <> 'new' or actor not in (from ordinary);
