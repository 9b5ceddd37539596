-- title: 役割のふだんより高い管理区分のデータを使った人 / Who used data of a higher level than is usual in their role
-- param since date month この日から / from this day on
-- param until date yesterday この日まで / up to this day
select * from lake.beyond_role($since, $until)
order by accesses desc, user_id;
