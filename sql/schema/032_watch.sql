-- Subjects under watch: decoys, persons of public interest, employees and relations of users.

create table lake.watch (
    subject_hash varchar, kind varchar, site_id varchar, user_id varchar,
    stand_in_hashes varchar[], reason varchar, read_at timestamptz, removed_at timestamptz
);
comment on table lake.watch is '見守りの一覧（context: watch）の一行につき一行。対象者は鍵つきハッシュだけ / One row per entry of the list of watched subjects (context: watch), with a keyed hash in place of the subject. An entry that the list no longer has keeps its row. [personal]';
comment on column lake.watch.subject_hash is 'Keyed hash of the subject; what requests are compared by. [pseudonym]';
comment on column lake.watch.kind is 'decoy (nobody''s record), vip, staff (an employee''s own data) or relation (of user_id). [none]';
comment on column lake.watch.site_id is 'Site whose subject it is; null for all. [none]';
comment on column lake.watch.user_id is 'Account, by kind: who may open it (decoy, vip), whose data it is (staff), whose relation it is (relation). [personal]';
comment on column lake.watch.stand_in_hashes is 'Keyed hashes of the pseudonyms under which requests have the subject where it is a personal value itself. [pseudonym]';
comment on column lake.watch.reason is 'Why it is watched, in the words of the list, without the subject. [personal]';
comment on column lake.watch.read_at is 'Instant at which the row was first read as it is. [none]';
comment on column lake.watch.removed_at is 'Instant since which the list no longer has the entry; null while it does. [none]';
