-- title: ある人のデータを見たのはだれか / Who saw the data of one person
-- param subject text none だれのデータか（既定は期間のうちいちばん多くの利用者に見られた人） / whose data, by default of whom most users saw
-- param since date yesterday-29 この日から / from this day on
-- param until date yesterday この日まで / up to this day
with chosen as (
    select coalesce($subject::varchar, (
        select subject_id
        from lake.personal_data_access
        where log_date between $since and $until and subject_id is not null
        group by subject_id
        order by count(distinct user_id) desc, count(*) desc, subject_id
        limit 1
    )) as subject_id
)
select
    access.subject_id, access.log_date, access.site_id, access.user_id, access.user_type,
    count(*) as accesses, min(access.time) as first_time, max(access.time) as last_time,
    list(distinct access.resource_id order by access.resource_id) as resources,
    list(distinct access.client_ip order by access.client_ip) as addresses
from lake.personal_data_access as access
join chosen on access.subject_id in (chosen.subject_id, ltrim(chosen.subject_id, '0'))
where access.log_date between $since and $until
group by access.subject_id, access.log_date, access.site_id, access.user_id, access.user_type
order by access.log_date desc, accesses desc, access.user_id;
