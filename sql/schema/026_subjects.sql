-- Requests of persons about what is held on them.

create table lake.tombstone (
    person_kind varchar, value_hash varchar, until_at timestamptz, erased_at timestamptz
);
comment on table lake.tombstone is '消去した人一人につき一行：その人の値の鍵つきハッシュ。同じファイルが再び届いても、その人を戻さないため / One row per erasure of a person: a keyed hash of the value, so that a file that is delivered again brings nobody back. [pseudonym]';
comment on column lake.tombstone.person_kind is 'user, ip or subject. [none]';
comment on column lake.tombstone.value_hash is 'Keyed hash of the value. [pseudonym]';
comment on column lake.tombstone.until_at is 'Lines from before this instant bring nobody back; later ones are new. [none]';
comment on column lake.tombstone.erased_at is 'Instant of the erasure. [none]';

create table lake.subject_request (
    request_id varchar, made_at timestamptz, act varchar, person_kind varchar, value_hash varchar,
    identity_check varchar, reason varchar, author varchar, second varchar, outcome varchar,
    "rows" ubigint
);
comment on table lake.subject_request is '本人からの求め一件につき一行。値そのものは残さない / One row per request of a person and what was done about it: the register, without the value itself. [personal]';
comment on column lake.subject_request.request_id is 'Id of the request. [none]';
comment on column lake.subject_request.made_at is 'Instant at which it was dealt with. [none]';
comment on column lake.subject_request.act is 'list, export, erase, correct or reidentify. [none]';
comment on column lake.subject_request.person_kind is 'user, ip, subject or pseudonym. [none]';
comment on column lake.subject_request.value_hash is 'Keyed hash of the value, the same for the same value. [pseudonym]';
comment on column lake.subject_request.identity_check is 'How it was made sure that the request is the person''s own. [personal]';
comment on column lake.subject_request.reason is 'Why it was done. [personal]';
comment on column lake.subject_request.author is 'Who did it, with the account. [personal]';
comment on column lake.subject_request.second is 'Second person who agreed; null where one is enough. [personal]';
comment on column lake.subject_request.outcome is 'done, or refused with the reason. [none]';
comment on column lake.subject_request.rows is 'Rows shown or changed. [none]';
