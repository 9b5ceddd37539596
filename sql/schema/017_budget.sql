-- The night's budget by its own name.

alter table lake.incident rename column is_above_fold to is_within_budget;
comment on column lake.incident.is_within_budget is 'True when the night''s budget has a place for the incident. [none]';
