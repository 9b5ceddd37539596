-- Comments about cases: notes that change neither owner nor state.

comment on column lake.case_decision.act is 'assigned, closed or commented; a comment changes nothing. [none]';
comment on column lake.case_decision.owner is 'Who has it since then; null once it is closed, and in a comment. [personal]';
comment on column lake.case_decision.due_on is 'Day by which it should be closed; null once it is, and in a comment. [none]';
comment on column lake.case_decision.note is 'What the person wrote; of a closed case the reason, of a comment the comment. [personal]';
comment on table lake.case_decision is 'ケースについての判断・コメント一つにつき一行。コメントを除く最後のものが有効 / One row per decision or comment about a case; the last decision counts. [personal]';
