select
    site_id,
    'ip' as actor_kind,
    client_ip as actor,
    case result
        when 'personal' then 'critical'
        when 'answered' then 'high'
        when 'insistent' then 'medium'
        when 'lone' then 'low'
        else 'info'
    end as severity,
    score,
    first_seen,
    last_seen,
    tries as event_count,
    subjects as subject_count,
    evidence
from web_findings('code-injection', $insistent_tries)
