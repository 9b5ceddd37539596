-- Corrections that persons ask for: notes beside what is held, which itself stays as it was logged.

create table lake.correction (
    correction_id varchar, person_kind varchar, persons varchar[], from_day date, to_day date,
    note varchar, reason varchar, author varchar, created_at timestamptz
);
comment on table lake.correction is '本人からの求めによる訂正の注記一つにつき一行。記録そのものは変えず、検出・報告書・開示に注記を添える / One row per correction that a person asked for: a note shown with findings, reports and extracts; the records themselves stay as they were logged. [personal]';
comment on column lake.correction.correction_id is 'Id of the correction: that of its request in lake.subject_request. [none]';
comment on column lake.correction.person_kind is 'user, ip or subject. [none]';
comment on column lake.correction.persons is 'User with all spellings and aliases, address or data subject. [personal]';
comment on column lake.correction.from_day is 'First day that it is about. [none]';
comment on column lake.correction.to_day is 'Last day that it is about. [none]';
comment on column lake.correction.note is 'What the person says is wrong. [personal]';
comment on column lake.correction.reason is 'Why it was noted. [personal]';
comment on column lake.correction.author is 'Who noted it, with the account. [personal]';
comment on column lake.correction.created_at is 'Instant of the note. [none]';
