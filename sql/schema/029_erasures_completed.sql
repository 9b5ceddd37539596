-- An erasure that is broken off is completed by the next night.

comment on column lake.subject_request.outcome is 'done, begun or rows erased (an erasure that goes on, or was broken off), or broken off and done by a later request. [none]';
