-- A manager has time to answer from when the letter went out, not from when somebody wanted it to.

comment on column lake.case_decision.act is 'assigned, closed, commented, asked (a question to the manager), sent (its letter went out) or answered; comments, questions, letters and answers change neither owner nor state. [none]';
comment on column lake.case_decision.due_on is 'Day by which it should be closed, of a question or its letter that by which it should be answered; null otherwise. [none]';
comment on column lake.case_decision.question_id is 'Reference of the question that was asked, sent or answered; null in all else. [none]';
