-- Up to how many people a customer of a site sees on a day, as nearly all of them did on the days before:
-- those of a household, or more where customers are at work themselves, as on a portal for companies. One
-- row per site with customers.
create or replace table customer_site as
select site_id, greatest(household_subjects(), quantile_disc(subjects, nearly_all_customers())) as household
from past.user_day
where user_type = 'customer' and subjects > 0
group by site_id;
