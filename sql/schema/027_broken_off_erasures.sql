-- An erasure is on record before it is done, and files are searched for erased persons to the end.

alter table lake.tombstone add column searched_until timestamptz;
comment on column lake.tombstone.searched_until is 'Files read until this instant were searched for the person again; null before the first search. [none]';
comment on column lake.subject_request.outcome is 'done, begun (an erasure that goes on, or was broken off), or broken off and done by a later request. [none]';
