-- One row per site and address of $date that calls itself a known crawler, with the verdict on that.
create or replace table day_crawler as
select log_date, site_id, client_ip, bot_name, requests, verdict, evidence, operator, purpose
from lake.crawler
where log_date = $date;

-- Addresses of crawlers that index for a search and are who they say, one row per site and address: what they
-- ask for a lot, and in vain, is their work. What trains models brings nobody, and what acts for a person is
-- judged as that person.
create or replace table day_search_crawler as
select distinct site_id, client_ip
from day_crawler
where verdict = 'verified' and coalesce(purpose, 'search') = 'search';
