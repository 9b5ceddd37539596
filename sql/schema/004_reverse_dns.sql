-- Who an address says it is: answers of reverse DNS, and what crawlers are known by.

create table lake.reverse_dns (
    client_ip varchar, client_host varchar, client_domain varchar, is_confirmed boolean,
    looked_up_at timestamptz, expires_at timestamptz, message varchar
);
comment on table lake.reverse_dns is 'One row per client address that was looked up in reverse DNS, with the last answer. Empty unless reverse_dns is enabled. Used by lake.access_log and lake.crawler. [personal]';
comment on column lake.reverse_dns.client_ip is 'Address, as in lake.client. [personal]';
comment on column lake.reverse_dns.client_host is 'Host name that reverse DNS gives, lower case, confirmed or not; null when it gives none. [personal]';
comment on column lake.reverse_dns.client_domain is 'Registrable domain of client_host. [none]';
comment on column lake.reverse_dns.is_confirmed is 'True when the name leads back to the address, false when it does not or there is no name; null when no server answered. [none]';
comment on column lake.reverse_dns.looked_up_at is 'Instant of the look-up. [none]';
comment on column lake.reverse_dns.expires_at is 'Instant from which the address is asked for again when it is seen. [none]';
comment on column lake.reverse_dns.message is 'Why there is no confirmed name; null where there is one. [none]';

create table lake.crawler_rule (bot_name varchar, host_suffix varchar, asn uinteger);
comment on table lake.crawler_rule is 'One row per bot and sign by which its operator is known: the ending of its host names, or its network. Refreshed at each ingest. Used by lake.crawler. [none]';
comment on column lake.crawler_rule.bot_name is 'Name of the bot, as in lake.agent. [none]';
comment on column lake.crawler_rule.host_suffix is 'Domain under which its confirmed host names stand; null in a row of a network. [none]';
comment on column lake.crawler_rule.asn is 'Autonomous system number of its operator; null in a row of a domain. [none]';
