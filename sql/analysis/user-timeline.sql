-- title: ある利用者の一日 / The day of one user
-- param day date yesterday 対象日 / day
-- param user text none 利用者（既定はその日いちばん多くの人を見た人） / user, by default who saw most people that day
select *
from lake.day_of(
    coalesce($user::varchar, (
        select arg_max(user_id, (subjects, user_id))
        from lake.people_day
        where log_date = $day and subjects > 0
    )),
    $day
)
order by time, file_id, line_no;
