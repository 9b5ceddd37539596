-- title: 人の一覧の変更 / Changes of the directory of people
-- param since date yesterday-27 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    change.changed_at, change.user_id, change.change, change.columns, change.before,
    person.name, person.department, person.joined_on, person.left_on
from lake.person_change as change
left join lake.person as person on person.user_id = change.user_id
where change.changed_at::date between $since and $until
order by change.changed_at desc, change.user_id;
