-- AI crawlers and assistants: who they are, what they read for, and the networks that operators publish.

create table lake.ai_agent (
    bot_name varchar, operator varchar, purpose varchar, is_token boolean, source varchar
);
comment on table lake.ai_agent is 'AI のクローラーとアシスタント一つにつき一行：だれが動かし、何のために読むか / One row per AI crawler, assistant and token of robots.txt, with its operator and purpose. Refreshed at each ingest. Used by lake.crawler. [none]';
comment on column lake.ai_agent.bot_name is 'Name of the agent, as in lake.agent. [none]';
comment on column lake.ai_agent.operator is 'Who runs it. [none]';
comment on column lake.ai_agent.purpose is 'training, search or assistant (acts for a person); null for a token. [none]';
comment on column lake.ai_agent.is_token is 'True for a name in robots.txt that no request of the operator carries. [none]';
comment on column lake.ai_agent.source is 'Page on which the operator describes it. [none]';

alter table lake.crawler_rule add column network varchar;
alter table lake.crawler_rule add column first_key varchar;
alter table lake.crawler_rule add column last_key varchar;
alter table lake.crawler_rule add column complete_until date;
comment on table lake.crawler_rule is 'One row per bot and sign by which its operator is known: the ending of its host names, a network that it publishes, or its autonomous system. Refreshed at each ingest. Used by lake.crawler. [none]';
comment on column lake.crawler_rule.host_suffix is 'Domain under which its confirmed host names stand; null in other rows. [none]';
comment on column lake.crawler_rule.asn is 'Autonomous system number of its operator; null in other rows. [none]';
comment on column lake.crawler_rule.network is 'Network that the operator publishes as its own; null in other rows. [none]';
comment on column lake.crawler_rule.first_key is 'First address of the network, as text that sorts as addresses do. [none]';
comment on column lake.crawler_rule.last_key is 'Last address of the network, likewise. [none]';
comment on column lake.crawler_rule.complete_until is 'Last day on which an address outside all networks of the bot disproves its claim; null when it never does. [none]';
