-- AI crawlers and assistants by the name that they give, one row per name: what they read for.
create or replace table ai_agent as
select bot_name, operator, purpose, is_token from lake.ai_agent;

-- The user agents of assistants that act for a person: no crawler's leniency is theirs.
create or replace table assistant_agent as
select distinct agent.agent_id
from cached.agent as agent
inner join ai_agent on ai_agent.bot_name = agent.bot_name
where ai_agent.purpose = 'assistant';
