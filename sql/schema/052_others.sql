-- Findings are compared with those on other people, on other nights.

comment on column lake.findings.lowered is 'Each step from severity_found to severity: by what (reason, habit, goes_on, others, partner, budget), its reason, from and to. [none]';
