-- An address that is refused at many log-ins or in many names, or is let in after being refused often.
with tried as (
    select
        client_ip, count(*) filter (login_result = 'failure') as refused,
        count(distinct user_id) filter (login_result = 'failure') as names,
        max(time) filter (login_result = 'success') > min(time) filter (login_result = 'failure')
            as is_in
    from request
    where log_date = $date and resource_kind = 'login'
    group by client_ip
)
select client_ip as actor
from tried
where refused >= 30 or names >= 10 or (refused >= 8 and is_in) -- refused, names
