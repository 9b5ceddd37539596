-- The findings that a question to a manager is about: an answer closes these alone.

alter table lake.case_decision add column finding_ids varchar[];
comment on column lake.case_decision.finding_ids is 'Findings that a question is about, open when it was put down; null in all else. [none]';
