-- Reasons are codes, whose words stand in headers and locales in every language. What stands in the lake
-- as an English sentence gets its code here, once; a sentence that nobody knows stays as it is.

alter table lake.reject add column reason_code varchar;
alter table lake.reject add column reason_arguments varchar;
comment on column lake.reject.reason_code is 'Code of the reason, see pipelines/ingest/reject_reasons.yaml; null where the reason has none. [none]';
comment on column lake.reject.reason_arguments is 'JSON object of what the words of the code name; null for none. [none]';

update lake.reject set reason_code = known.code
from (
    values
        ('no known log format fits', 'no_format'),
        ('a carriage return stands within the line', 'carriage_return'),
        ('the time is no date and time of the format', 'bad_time'),
        ('the client is neither an address nor a host name', 'bad_client'),
        ('the status is no number of three digits', 'bad_status'),
        ('the size is no whole number', 'bad_size'),
        ('the line has not the form of the format', 'form_of_settings'),
        ('no space after the unnamed field', 'space_after_unnamed'),
        ('no space where the format has it', 'space_missing'),
        ('text after the end of the format', 'text_after_end'),
        ('the line has not the fields that are assumed without #Fields', 'fields_assumed'),
        ('the object holds none of the keys of a request', 'json_no_request'),
        ('the object is a message, no access', 'json_message'),
        ('the JSON is nested too deep', 'json_too_deep'),
        ('a key stands twice in the JSON object', 'json_key_twice'),
        ('the line is no JSON', 'json_wrong'),
        ('the JSON is no object', 'json_no_object'),
        ('a part of a line whose last part has not come', 'open_part'),
        ('the file declares more formats than limits.file_formats', 'too_many_formats'),
        ('the line is about one day too many outside limits.reexamine_days', 'too_many_days')
) as known (reason, code)
where known.reason = reject.reason;

update lake.reject
set
    reason_code = matched.found.code,
    reason_arguments = case len(matched.found.names)
        when 1 then json_object(matched.found.names[1], regexp_extract(reject.reason, matched.found.pattern, 1))
        else json_object(
            matched.found.names[1], regexp_extract(reject.reason, matched.found.pattern, 1),
            matched.found.names[2], regexp_extract(reject.reason, matched.found.pattern, 2)
        )
    end
from (
    select told.reason, arg_min({'code': form.code, 'names': form.names, 'pattern': form.pattern}, form.place)
        as found
    from (select distinct reason from lake.reject where reason_code is null) as told
    inner join (
        values
            (1, 'too_long', ['mib'], '^the line is longer than ([0-9]+) MiB$'),
            (2, 'other_form', ['format'], '^the line has not the form of (.+)$'),
            (3, 'fields_counted', ['count'], '^the line has not the ([0-9]+) fields that #Fields names$'),
            (4, 'space_after', ['before'], '^no space after the (.+)$'),
            (5, 'piece_after_unnamed', ['piece'], '^no (.+) after the unnamed field$'),
            (6, 'piece_after', ['piece', 'before'], '^no (.+?) after the (.+)$'),
            (7, 'piece_missing', ['piece'], '^no (.+) where the format has it$')
    ) as form (place, code, names, pattern) on regexp_matches(told.reason, form.pattern)
    group by told.reason
) as matched
where matched.reason = reject.reason;

update lake.findings
set evidence = json_merge_patch(findings.evidence, json_object('reason', known.code))
from (
    values
        ('impossible-travel', 'both countries on earlier days', 'both_countries_before'),
        ('impossible-travel', 'known network', 'known_network'),
        ('impossible-travel', 'shared network', 'shared_network'),
        ('impossible-travel', 'same network as colleagues', 'network_of_colleagues'),
        ('impossible-travel', 'trip', 'on_trip'),
        ('new-location-access', 'known network', 'known_network'),
        ('new-location-access', 'shared network', 'shared_network'),
        ('new-location-access', 'same network as colleagues', 'network_of_colleagues'),
        ('new-location-access', 'few requests', 'few_requests'),
        ('new-location-access', 'trip', 'on_trip'),
        ('dormant-account-access', 'roster', 'on_roster'),
        ('dormant-account-access', 'absence', 'absence_over'),
        ('dormant-account-access', 'away as long before', 'away_as_long_before'),
        ('off-hours-access', 'roster', 'on_roster'),
        ('off-hours-access', 'trip', 'on_trip'),
        ('off-hours-access', 'not enough history', 'not_enough_history'),
        ('off-hours-access', 'colleagues too', 'colleagues_too'),
        ('off-hours-access', 'as before', 'as_before'),
        ('off-hours-access', 'as on call', 'as_on_call'),
        ('unauthenticated-access', 'the log names no users any more', 'users_no_longer_named'),
        ('unauthenticated-access', 'the log names no users', 'users_never_named'),
        ('unauthenticated-access', 'all answers alike, as of a log-in form', 'answers_of_a_form'),
        ('unauthenticated-access', 'a record or few to each of many addresses', 'few_each_of_many'),
        ('session-hijack', 'no log-in from there', 'no_login_there'),
        ('session-hijack', 'one session, two networks and browsers', 'two_networks_and_browsers'),
        ('session-hijack', 'one session, two countries', 'two_countries'),
        ('volume-anomaly', 'part of the usual records is missing', 'part_missing'),
        ('volume-anomaly', 'a crawler or scanner that is known', 'known_crawler'),
        ('volume-anomaly', 'one origin, with log-ins, personal data or errors: see its own findings', 'one_origin_reported'),
        ('volume-anomaly', 'one address', 'one_address'),
        ('volume-anomaly', 'one network', 'one_network'),
        ('volume-anomaly', 'few addresses with many requests', 'few_busy_addresses'),
        ('volume-anomaly', 'mostly errors', 'mostly_errors'),
        ('volume-anomaly', 'at hours when the site is quiet', 'at_quiet_hours'),
        ('volume-anomaly', 'many addresses, as on other days', 'many_addresses'),
        ('cross-franchise-access', 'from that shop''s own line', 'own_line_of_shop'),
        ('shared-account', 'used so before', 'used_so_before'),
        ('log-gap', 'lines came in that could not be read', 'unread_lines'),
        ('log-gap', 'the clock of the site is off', 'clock_off'),
        ('log-gap', 'no line of the day came in', 'no_line'),
        ('log-gap', 'open at the end of the day; a late file may close it', 'open_at_day_end'),
        ('parse-failure-spike', 'no line of the day could be read', 'nothing_read'),
        ('parse-failure-spike', 'from one moment on no line could be read', 'broke_off'),
        ('parse-failure-spike', 'most lines could not be read', 'most_unread'),
        ('brute-force', 'steady beat', 'steady_beat'),
        ('brute-force', 'habit of this network', 'habit_of_network'),
        ('server-error-spike', 'one address meets the errors, the others are served', 'one_address_fails'),
        ('server-error-spike', 'over within minutes', 'over_within_minutes'),
        ('server-error-spike', 'pages with personal data or log-in fail', 'personal_pages_fail'),
        ('clock-skew', 'the day fits the rhythm of the site only when moved', 'fits_when_moved'),
        ('clock-skew', 'lines are later than their own delivery', 'later_than_delivery'),
        ('clock-skew', 'the file begins and ends off its usual time', 'file_edges_moved'),
        ('clock-skew', 'time goes back in the middle of a file', 'time_goes_back')
) as known (detector, reason, code)
where known.detector = findings.detector
    and known.reason = json_extract_string(findings.evidence, '$.reason');

update lake.findings
set evidence = json_merge_patch(
    findings.evidence,
    json_object('signs', list_transform(
        from_json(findings.evidence -> 'signs', '["varchar"]'), lambda sign: replace(sign, ' ', '_')
    ))
)
where findings.detector = 'clock-skew' and json_type(findings.evidence, '$.signs') = 'ARRAY';

-- A scanner's reason was a person's words.
update lake.findings
set evidence = json_merge_patch(
    findings.evidence,
    json_object(
        'reason', 'declared_scanner',
        'reason_on_record', json_extract_string(findings.evidence, '$.reason')
    )
)
where starts_with(findings.detector, 'sigma:')
    and json_extract_string(findings.evidence, '$.reason') is not null;
