-- What ingest writes: sites, ledger, records (a narrow fact and two dimensions), rejects.
-- Personal-data class of a column, in brackets: [none], [pseudonym], [personal].

create table lake.site (
    site_id varchar, site_group varchar, franchise varchar, domains varchar[],
    timezone varchar, hours varchar, seen_at timestamptz
);
comment on table lake.site is 'One row per site, as the settings had it at the last ingest. Used by views, checks and reports. [none]';
comment on column lake.site.site_id is 'Site id from the settings; for a template, with its placeholder filled in. [none]';
comment on column lake.site.site_group is 'Group of the site: main or benry in the shipped settings. [none]';
comment on column lake.site.franchise is 'Franchise shop that the site belongs to; null for other sites. [none]';
comment on column lake.site.domains is 'Domains of the site; the first one stands where a line names no host. [none]';
comment on column lake.site.timezone is 'IANA zone of log formats without an offset. [none]';
comment on column lake.site.hours is 'business or always: when staff are expected. [none]';
comment on column lake.site.seen_at is 'Instant of the last ingest that knew the site. [none]';

create table lake.ledger (
    file_id ubigint, from_line ubigint, site_id varchar, path varchar, format varchar,
    status varchar, message varchar,
    disk_bytes ubigint, modified_ns bigint, first_line_sha256 varchar,
    content_bytes ubigint, content_sha256 varchar,
    lines ubigint, records ubigint, rejects ubigint, comments ubigint, duplicates ubigint,
    first_time timestamptz, last_time timestamptz, read_at timestamptz, duration_ms double
);
comment on table lake.ledger is 'One row per reading of a log file: first the whole file, later each tail by which it had grown, each delivery of it under another name, each failure to read it. Proof that nothing was lost or counted twice. [none]';
comment on column lake.ledger.file_id is 'The file, known by its content and site, whatever its name. [none]';
comment on column lake.ledger.from_line is 'Number of the first line of this reading; 1 for a whole file. [none]';
comment on column lake.ledger.site_id is 'Site whose settings claim the file. [none]';
comment on column lake.ledger.path is 'Path below the landing folder when it was read. [none]';
comment on column lake.ledger.format is 'Log format that was used; for auto, the one found. [none]';
comment on column lake.ledger.status is 'read, empty, renamed (read before under another name that is gone), duplicate (read before under a name that is still there) or unreadable. [none]';
comment on column lake.ledger.message is 'Reason, where the status needs one. [none]';
comment on column lake.ledger.disk_bytes is 'Size of the file on disk, compressed or not; null when it must be tried again. [none]';
comment on column lake.ledger.modified_ns is 'Modification time of the file, nanoseconds since 1970 UTC. [none]';
comment on column lake.ledger.first_line_sha256 is 'SHA-256 of the first line that is no directive: finds a file again whatever its name. [none]';
comment on column lake.ledger.content_bytes is 'Uncompressed bytes read since the beginning of the file, this reading included. [none]';
comment on column lake.ledger.content_sha256 is 'SHA-256 of those content_bytes. [none]';
comment on column lake.ledger.lines is 'Lines of this reading = records + rejects + comments + duplicates. [none]';
comment on column lake.ledger.records is 'Lines that became records. [none]';
comment on column lake.ledger.rejects is 'Lines kept in lake.reject with a reason. [none]';
comment on column lake.ledger.comments is 'Blank lines and directives. [none]';
comment on column lake.ledger.duplicates is 'Lines delivered before and therefore not counted again. [none]';
comment on column lake.ledger.first_time is 'Earliest instant among the records. [none]';
comment on column lake.ledger.last_time is 'Latest instant among the records. [none]';
comment on column lake.ledger.read_at is 'Instant at which the reading began. [none]';
comment on column lake.ledger.duration_ms is 'Duration of the reading, milliseconds. [none]';

create table lake.ledger_day (
    file_id ubigint, from_line ubigint, site_id varchar, log_date date,
    records ubigint, rejects ubigint, read_at timestamptz
);
comment on table lake.ledger_day is 'One row per reading and day it brought lines of. Tells which days late lines changed. [none]';
comment on column lake.ledger_day.file_id is 'As in lake.ledger. [none]';
comment on column lake.ledger_day.from_line is 'As in lake.ledger. [none]';
comment on column lake.ledger_day.site_id is 'As in lake.ledger. [none]';
comment on column lake.ledger_day.log_date is 'Day of the lines in the configured zone. [none]';
comment on column lake.ledger_day.records is 'Records of that day. [none]';
comment on column lake.ledger_day.rejects is 'Rejected lines counted on that day: the day of the record before them. [none]';
comment on column lake.ledger_day.read_at is 'As in lake.ledger. [none]';

create table lake.client (
    client_id ubigint, client_ip varchar, client_host varchar, client_domain varchar,
    country varchar, subdivision varchar, city varchar, asn uinteger, as_org varchar,
    geo_source varchar, seen_at timestamptz
);
comment on table lake.client is 'One row per client address, logged host name and GeoIP edition; enriched once. [personal]';
comment on column lake.client.client_id is 'Stable hash of address, host name and GeoIP edition; key of lake.request. [pseudonym]';
comment on column lake.client.client_ip is 'Address in canonical text, RFC 5952; IPv4-mapped as IPv4. [personal]';
comment on column lake.client.client_host is 'Host name where the log has one. [personal]';
comment on column lake.client.client_domain is 'Registrable domain of client_host, else from the GeoIP domain database. [none]';
comment on column lake.client.country is 'ISO 3166-1 alpha-2 code. [none]';
comment on column lake.client.subdivision is 'ISO 3166-2 code, without the country. [none]';
comment on column lake.client.city is 'City, English name. [none]';
comment on column lake.client.asn is 'Autonomous system number. [none]';
comment on column lake.client.as_org is 'Organisation of the autonomous system. [none]';
comment on column lake.client.geo_source is 'GeoIP databases that were asked, with their build dates. [none]';
comment on column lake.client.seen_at is 'Instant of the ingest that met the client first. [none]';

create table lake.agent (
    agent_id ubigint, user_agent varchar, browser varchar, browser_version varchar,
    os varchar, os_version varchar, device varchar, is_bot boolean, bot_name varchar,
    seen_at timestamptz
);
comment on table lake.agent is 'One row per user agent string; parsed once. [none]';
comment on column lake.agent.agent_id is 'Stable hash of the string; key of lake.request. [none]';
comment on column lake.agent.user_agent is 'As logged, unescaped. [none]';
comment on column lake.agent.browser is 'Browser family. [none]';
comment on column lake.agent.browser_version is 'Browser version, dotted. [none]';
comment on column lake.agent.os is 'Operating system family. [none]';
comment on column lake.agent.os_version is 'Operating system version, dotted. [none]';
comment on column lake.agent.device is 'Device family. [none]';
comment on column lake.agent.is_bot is 'True when the agent says it is a crawler, monitor or library. [none]';
comment on column lake.agent.bot_name is 'Name of the bot; null for people. [none]';
comment on column lake.agent.seen_at is 'Instant of the ingest that met the agent first. [none]';

create table lake.request (
    event_id ubigint, time timestamptz, log_date date, site_id varchar, site_domain varchar,
    client_id ubigint, agent_id ubigint, user_id varchar, user_type varchar, session_id varchar,
    method varchar, url_path varchar, url_query varchar, protocol varchar,
    status usmallint, bytes ubigint, duration_ms double,
    referrer varchar, referrer_domain varchar,
    resource_id varchar, resource_kind varchar, data_level utinyint, subject_id varchar,
    login_result varchar, redactions varchar[], file_id ubigint, line_no ubigint
);
alter table lake.request set partitioned by (log_date);
comment on table lake.request is 'One row per request that a server logged; partitioned by log_date. Read it through lake.access_log, which adds client and agent. [personal]';
comment on column lake.request.event_id is 'Stable: the same line of the same file has the same id on every run. [none]';
comment on column lake.request.time is 'Instant of the request, microseconds. [none]';
comment on column lake.request.log_date is 'Day of time in the configured zone. [none]';
comment on column lake.request.site_id is 'Site, see lake.site. [none]';
comment on column lake.request.site_domain is 'Host asked for: lower case, no port, no final dot, IDN as Unicode NFC. [none]';
comment on column lake.request.client_id is 'Client, see lake.client. [pseudonym]';
comment on column lake.request.agent_id is 'User agent, see lake.agent; null where none was logged. [none]';
comment on column lake.request.user_id is 'User that the line names, also where the server refused. [personal]';
comment on column lake.request.user_type is 'customer, staff, franchise, contractor or system, by the settings. [none]';
comment on column lake.request.session_id is 'Keyed hash of the session cookie where logged. [pseudonym]';
comment on column lake.request.method is 'HTTP method; null when the request was no HTTP. [none]';
comment on column lake.request.url_path is 'Path, percent-encoded as logged. [personal]';
comment on column lake.request.url_query is 'Query without its question mark. [personal]';
comment on column lake.request.protocol is 'As in HTTP/1.1. [none]';
comment on column lake.request.status is 'HTTP status; null for 000. [none]';
comment on column lake.request.bytes is 'Bytes of the response body. [none]';
comment on column lake.request.duration_ms is 'Time taken to serve, milliseconds. [none]';
comment on column lake.request.referrer is 'Referring page as logged. [personal]';
comment on column lake.request.referrer_domain is 'Host of the referrer, in the spelling of site_domain. [none]';
comment on column lake.request.resource_id is 'Personal-data resource of the settings that the request matched. [none]';
comment on column lake.request.resource_kind is 'record, list, export, login, logout or admin. [none]';
comment on column lake.request.data_level is 'Management level of the data, 0 none to 3 highest. [none]';
comment on column lake.request.subject_id is 'Whose data: the value of the pattern''s subject placeholder. [personal]';
comment on column lake.request.login_result is 'success or failure of a log-in, by the statuses of the resource; null for other requests. [none]';
comment on column lake.request.redactions is 'Kinds of personal values masked in this record. [none]';
comment on column lake.request.file_id is 'Source file, see lake.ledger. [none]';
comment on column lake.request.line_no is 'Line number in the source file, from 1. [none]';

create table lake.reject (
    file_id ubigint, line_no ubigint, byte_offset ubigint, site_id varchar, path varchar,
    log_date date, reason varchar, line varchar, read_at timestamptz
);
comment on table lake.reject is 'One row per line that is no record and no comment, with the reason. [personal]';
comment on column lake.reject.file_id is 'Source file, see lake.ledger. [none]';
comment on column lake.reject.line_no is 'Line number in the source file, from 1. [none]';
comment on column lake.reject.byte_offset is 'Where the line begins in the uncompressed file. [none]';
comment on column lake.reject.site_id is 'Site whose settings claim the file. [none]';
comment on column lake.reject.path is 'Path below the landing folder when it was read. [none]';
comment on column lake.reject.log_date is 'Day on which it counts: that of the record before it, else after it, else the day before the reading. [none]';
comment on column lake.reject.reason is 'Why the line is no record. [none]';
comment on column lake.reject.line is 'The line; bytes that are no UTF-8 as \xhh. [personal]';
comment on column lake.reject.read_at is 'Instant of the reading. [none]';
