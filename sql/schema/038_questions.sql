-- Questions to a person's manager about a case, and their answers; the mail address of people in the directory.

alter table lake.case_decision add column question_id varchar;
alter table lake.case_decision add column person varchar;
comment on column lake.case_decision.act is 'assigned, closed, commented, asked (a question to the manager) or answered; the last three change neither owner nor state. [none]';
comment on column lake.case_decision.due_on is 'Day by which it should be closed, of a question that by which it should be answered; null otherwise. [none]';
comment on column lake.case_decision.verdict is 'How it was closed, where that was said: confirmed, false_alarm or explained; of an answer explained or unexplained. [none]';
comment on column lake.case_decision.note is 'What the person wrote; of a closed case the reason, of a comment the comment, of a question what was asked beside the figures, of an answer the answer. [personal]';
comment on column lake.case_decision.question_id is 'Reference of the question that was asked or answered; null in all else. [none]';
comment on column lake.case_decision.person is 'Account of whom was asked, or who answered as it was entered; context.assignments where the answer is an entry there. [personal]';
comment on table lake.case_decision is 'ケースについての判断・コメント・質問・回答一つにつき一行。判断は最後のものが有効 / One row per decision, comment, question or answer about a case; the last decision counts. [personal]';

alter table lake.person add column mail varchar;
comment on column lake.person.mail is 'Mail address, for questions about cases of the people whose manager it is. [personal]';
