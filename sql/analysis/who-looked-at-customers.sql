-- title: その日、だれが何人の個人データを見たか。それはふだんどおりか / Who looked at how many people's data on a day, and is that usual
-- param day date yesterday 対象日 / day
-- param site text none サイト（既定はすべて） / site, all by default
-- param limit integer 50 行数 / rows
select
    user_id, user_type, site_id, subjects, usual_subjects, most_subjects_before, past_days,
    peers_subjects, peers,
    case
        when past_days = 0 and peers = 1 then 'nothing to compare'
        when subjects > 2 * greatest(
            coalesce(most_subjects_before, 0), if(peers > 1, peers_subjects, 0)
        ) then 'far more'
        when past_days >= 5 and subjects <= most_subjects_before then 'as before'
        when peers > 1 and subjects <= 2 * peers_subjects then 'as peers'
        else 'more'
    end as compared,
    list_accesses, exports, refused, addresses, first_time, last_time
from lake.user_days
where log_date = $day
    and subjects + list_accesses + exports > 0
    and ($site::varchar is null or site_id = $site)
order by subjects desc, exports desc, user_id
limit $limit;
