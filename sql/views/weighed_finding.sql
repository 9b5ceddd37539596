-- One row per finding with the severity and score that it has by all that is known of it, before the
-- night's budget: what cases, incidents and baselines rest on. [personal]
create or replace view lake.weighed_finding as
select
    * replace (
        case when is_within_budget then severity else lowered[-1]."from" end as severity,
        case when is_within_budget then score
            else coalesce(json_extract_string(evidence, '$.score_before')::double, score) end as score
    )
from (
    select *, lowered[-1]."by" is distinct from 'budget' as is_within_budget from lake.findings
);
comment on view lake.weighed_finding is '検出一件につき一行、一晩の枠で下げる前の重要度と点数 / One row per finding, with the severity and score that it has before the night''s budget. [personal]';
-- column is_within_budget: 一晩の枠の中 / True when it is within the night's budget. [none]
-- column severity: 枠で下げる前の重要度 / Severity before the night's budget: critical, high, medium, low or info. [none]
-- column score: 枠で下げる前の点数、0 から 100 / Score before the night's budget, 0 to 100. [none]
-- column evidence: 判断の根拠（JSON） / Figures the decision rests on, and the query that shows the rows, as JSON. [personal]
-- column measures: 役立つ技術的安全管理措置、1 から 7 / Technical security measures served, 1 to 7. [none]
-- column detected_at: 検出した時刻 / Instant of the detection. [none]
-- column severity_found: 検出器が見つけたときの重要度 / What the detector found, whatever is known besides. [none]
-- column lowered: そこから表示までの段階：by・reason・from・to / Each step from severity_found to what is shown: by, reason, from and to. [none]
