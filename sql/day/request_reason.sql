-- Which accesses have a reason on record, and where the reason is from. Runs after request.sql.
alter table day_request add column reason_source varchar;
