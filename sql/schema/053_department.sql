-- Findings are compared with those on the same department, on the same day.

comment on column lake.findings.lowered is 'Each step from severity_found to severity: by what (reason, habit, goes_on, others, department, partner, budget), its reason, from and to. [none]';
