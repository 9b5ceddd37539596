-- title: その日、だれが何人の個人データを見たか。それはふだんどおりか / Who looked at how many people's data on a day, and is that usual
-- param day date yesterday 対象日 / day
-- param site text none サイト（既定はすべて） / site, all by default
-- param limit integer 50 行数 / rows
select
    user_id, user_type, site_id, subjects, usual_subjects, most_subjects_before, past_days,
    peers_subjects, peers_high_subjects, peers, peers_of, compared,
    list_accesses, exports, refused, addresses, first_time, last_time
from lake.who_looked($day)
where $site::varchar is null or site_id = $site
order by compared = 'far_more' desc, subjects desc, exports desc, user_id
limit $limit;
