-- title: 委託先の利用、人ごと / What contractors did, by person
-- param since date yesterday-27 この日から / from this day on
-- param until date yesterday この日まで / up to this day
-- param user_type text contractor 利用者の種類 / type of user
select
    user_id, list(distinct site_id order by site_id) as sites,
    count(distinct log_date) as days, sum(subjects)::bigint as subjects_by_day,
    max(subjects) as most_subjects_in_a_day, sum(list_accesses)::bigint as list_accesses,
    sum(exports)::bigint as exports, sum(refused)::bigint as refused,
    min(log_date) as first_day, max(log_date) as last_day
from lake.people_day
where log_date between $since and $until and user_type = $user_type
group by user_id
order by subjects_by_day desc, user_id;
