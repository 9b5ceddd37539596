-- One row per site and address of $date that calls itself a known crawler, with the verdict on that. Addresses
-- of one IPv6 /64 have a row each under its name.
create or replace table day_crawler as
select
    crawler.log_date, crawler.site_id, coalesce(shared.prefix, crawler.client_ip) as client_ip,
    crawler.bot_name, crawler.requests, crawler.verdict, crawler.evidence, crawler.operator, crawler.purpose
from lake.crawler as crawler
left join (select distinct client_ip, prefix from day_shared_client) as shared
    on shared.client_ip = crawler.client_ip
where crawler.log_date = $date;

-- Addresses of crawlers that index for a search and are who they say, one row per site and address: what they
-- ask for a lot, and in vain, is their work. What trains models brings nobody, and what acts for a person is
-- judged as that person.
create or replace table day_search_crawler as
select distinct site_id, client_ip
from day_crawler
where verdict = 'verified' and coalesce(purpose, 'search') = 'search';
