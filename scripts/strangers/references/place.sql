-- Data seen, or signed in, from a network that nobody has come from before.
with came as (
    select log_date, user_id, network_of(client_ip) as network, count(*) filter (is_access) as reads
    from request
    where user_id is not null and status between 200 and 399
    group by all
)
select today.user_id as actor
from came as today
where today.log_date = $date and today.reads >= 3 -- reads
    and not exists (
        select 1 from came as before
        where before.network = today.network and before.log_date < $date
    )
    and (
        select count(distinct before.network) from came as before
        where before.user_id = today.user_id and before.log_date < $date
    ) between 1 and 3 -- networks
