-- Functions that aggregates and detectors share.

-- Whether a status means that the data went out; null without a status.
create or replace macro is_access(status) as status between 200 and 299 or status = 304;

-- Whether a path is that of a picture, a style, a font or a film: what pages have within them.
create or replace macro is_picture(url_path) as
    regexp_matches(url_path, '\.(?:png|jpe?g|gif|svg|webp|ico|css|woff2?|ttf|mp4)$', 'i');

-- The page that is asked for names: its path where they stand in the query, else the path without its last part;
-- null for a picture, a program or a document.
create or replace macro page_of_names(url_path, url_query) as case
    when is_picture(url_path) or regexp_matches(url_path, '\.(?:js|map|pdf)$', 'i') then null
    when url_query is not null then url_path
    else regexp_replace(url_path, '/[^/]+/?$', '/*')
end;

-- Whether a request was not refused; some pages refuse a log-in with an answer of 200 or 302.
create or replace macro is_admitted(status, login_result) as
    status < 400 and login_result is distinct from 'failure';

-- `place` of a log-in from a subnet that the account has worked from before, see day/sign_in.sql.
create or replace macro home_place() as 2;

-- Units.
create or replace macro seconds_a_minute() as 60;
create or replace macro seconds_an_hour() as 3600;
create or replace macro minutes_an_hour() as 60;
create or replace macro hours_a_day() as 24;
create or replace macro days_a_week() as 7;
create or replace macro microseconds_a_second() as 1_000_000::bigint;
create or replace macro microseconds_a_minute() as 60_000_000::bigint;
create or replace macro instant_of_ns(nanoseconds) as make_timestamptz(nanoseconds // 1000);
create or replace macro minutes_between(begins_at, ends_at) as
    date_diff('second', begins_at, ends_at) / seconds_a_minute();
create or replace macro half(amount) as amount / 2;
create or replace macro is_most(part, whole) as part * 2 > whole;
-- The day on which clocks go back has an hour more than others.
create or replace macro longest_day_minutes() as 25 * minutes_an_hour();

-- An hour of the day so many hours later, and how far two are apart: the day is a circle.
create or replace macro hour_shifted(hour, hours) as
    (hour + hours + hours_a_day()) % hours_a_day();

-- What evidence names of a list: the first ten in order, the rest is in the log.
create or replace macro first_ten(names) as list_sort(names)[1:10];

-- What evidence tells of the requests of one source, be they attacks or what a Sigma rule matched: how many
-- in each hour, how they were answered, who sent them. An aggregate over the rows of a group.
create or replace macro hourly_counts(moment) as
    list_transform(
        list_sort(map_entries(histogram(hour(moment)))),
        lambda one: {'hour': one.key, 'value': one.value::bigint}
    );
create or replace macro status_counts(status) as
    coalesce(
        list_transform(
            list_sort(map_entries(histogram(status))),
            lambda one: {'status': one.key, 'count': one.value::bigint}
        ),
        []
    ) || case
        when count(*) > count(status) then [{'status': null, 'count': count(*) - count(status)}]
        else []
    end;
create or replace macro source_evidence(moment, status, user_id, country, user_agent) as {
    'series': hourly_counts(moment),
    'statuses': status_counts(status),
    'users': first_ten(list(distinct user_id) filter (where user_id is not null)),
    'countries': list_sort(list(distinct country) filter (where country is not null)),
    'browsers': list_sort(list(distinct user_agent) filter (where user_agent is not null))[1:3]
};

-- The network and the subnet that an address is in: 16 and 24 bits of IPv4, 32 and 48 of IPv6. Null for a
-- pseudonym in place of one, which is nowhere.
create or replace macro v6_groups(ip) as
    list_concat(list_filter(string_split(split_part(ip, '::', 1), ':'), lambda part: part <> ''),
        ['0', '0', '0']);
create or replace macro network_of(ip) as
    case
        when contains(ip, ':') then array_to_string(v6_groups(ip)[1:2], ':') || '::/32'
        when contains(ip, '.') then array_to_string(string_split(ip, '.')[1:2], '.') || '.0.0/16'
    end;
create or replace macro subnet_of(ip) as
    case
        when contains(ip, ':') then array_to_string(v6_groups(ip)[1:3], ':') || '::/48'
        when contains(ip, '.') then array_to_string(string_split(ip, '.')[1:3], '.') || '.0/24'
    end;

-- What many log-ins of one guesser have in common, from the narrowest on.
create or replace macro login_origins(client_ip, subnet, network, asn, agent_id) as [
    {'kind': 'ip', 'key': client_ip},
    {'kind': 'block', 'key': subnet},
    {'kind': 'network', 'key': network},
    {'kind': 'provider', 'key': asn::varchar},
    {'kind': 'agent', 'key': agent_id::varchar}
];

-- An address as text that sorts as addresses do, so that a network is a range of keys.
create or replace macro v6_side(ip, side) as
    list_filter(string_split(split_part(ip, '::', side), ':'), lambda part: part <> '');
create or replace macro address_key(ip) as
    case
        when contains(ip, ':') then '6' || array_to_string(list_transform(
            list_concat(
                v6_side(ip, 1),
                list_transform(
                    range(8 - len(v6_side(ip, 1)) - len(v6_side(ip, 2))), lambda part: '0'
                ),
                v6_side(ip, 2)
            ),
            lambda part: lpad(part, 4, '0')
        ), '')
        else '4' || array_to_string(list_transform(
            string_split(ip, '.'), lambda part: lpad(part, 3, '0')
        ), '')
    end;

-- The /64 that an IPv6 address is in. Null for any other text, a /64 too.
create or replace macro slash64_of(ip) as
    case
        when contains(ip, ':') and not contains(ip, '/') then regexp_replace(regexp_replace(
            regexp_replace(address_key(ip)[2:17], '(....)(....)(....)(....)', '\1:\2:\3:\4'),
            '\b0{1,3}', '', 'g'
        ), '(:0)+$', '') || '::/64'
    end;
-- What findings call an address: itself, or its /64 where several addresses of that sent requests (day/client.sql).
create or replace macro names_of(ip) as
    list_filter([ip, slash64_of(ip)], lambda name: name is not null);
-- Whether an address is one of some, or in one of them that is a /64.
create or replace macro is_from(ip, addresses) as list_has_any(names_of(ip), addresses);

-- The digits of a subject's id that count it: those at its end, or before a check digit or letter that
-- is set apart (00123-7, 00123X). An empty text without any.
create or replace macro subject_digits(subject) as
    case
        when substr(subject, -2, 1) in ('-', '_', '.') or right(subject, 1) not between '0' and '9'
            then coalesce(
                nullif(regexp_extract(subject, '([0-9]{3,15})[-_.]?[0-9A-Za-z]$', 1), ''),
                regexp_extract(subject, '([0-9]{1,15})$', 1)
            )
        else regexp_extract(subject, '([0-9]{1,15})$', 1)
    end;
-- Most ids are nothing but digits, and need no pattern.
create or replace macro subject_number(subject) as
    case
        when regexp_full_match(subject, '[0-9]{1,15}')
            then subject::bigint
        else try_cast(subject_digits(subject) as bigint)
    end;

-- What tells a subject: leading zeros are lost where a spreadsheet took an id for a number.
create or replace macro subject_key(subject) as
    case
        when starts_with(subject, '0') then regexp_replace(subject, '^0+([0-9]*)$', '\1')
        else subject
    end;

-- The number that a user's id consists of behind the letters of its kind (c00123): null without one.
create or replace macro own_number(user) as
    nullif(regexp_extract(user, '^[A-Za-z]*[-_.:]?0*([0-9]+)$', 1), '');

-- A subject as one of 128 bits, the same in every release: a set of them tells whose records are a
-- person's working set. `half` is 0 for the low and 1 for the high 64. A secret of the lake goes into it, since
-- the numbers of all customers can be tried; only a writer has it (pipelines/lake/keyed_hashes.py).
create macro if not exists subject_salt() as '';
-- What ids of findings and cases are made with (pipelines/lake/keyed_ids.py), as secret.
create macro if not exists id_salt() as '';
create or replace macro subject_bit_count() as 128;
create or replace macro subject_bits(subject, half) as
    case
        when md5_number_lower(subject_salt() || subject) // 64 % 2 = half
            then 1::ubigint << (md5_number_lower(subject_salt() || subject) % 64)::int
        else 0::ubigint
    end;

-- Full-width letters, digits and signs (U+FF01 to U+FF5E) as those of ASCII, as NFKC has them.
create or replace macro half_width(text) as
    translate(
        text,
        array_to_string([chr((65281 + sign)::int) for sign in range(94)], ''),
        array_to_string([chr((33 + sign)::int) for sign in range(94)], '')
    );

-- What stands in the lake for a watched subject (context: watch): with the secret of the lake, since the
-- numbers of all customers can be tried. Servers may take capitals, spaces and full-width forms for the same,
-- so it does too.
create or replace macro watched_hash(subject) as
    sha256(subject_salt() || ':' || subject_key(lower(trim(half_width(subject)))));

-- One subject however it is asked for: servers may take capitals, spaces, signs, leading zeros, an ending or
-- a parameter of the path (+0990077, 990077.json, 990077;v=1) for the same. A check letter that a point sets
-- apart is no ending, nor is what stands behind anything but a digit, as in an address of e-mail.
create or replace macro subject_spelling(subject) as
    subject_key(case
        when contains(subject, '.') or contains(subject, ';')
            then regexp_replace(
                trim(lower(subject), ' +,'), '^([^.;@]*[0-9])([.][a-z][^.;@]+|[.])?(;.*)?$', '\1'
            )
        else trim(lower(subject), ' +,')
    end);

-- A keyed hash of a subject as a number of 32 bits, and of how many of a user's day they are kept: the lowest,
-- so that samples of several days and accounts are one sample of all.
create or replace macro subject_hash(subject) as
    (md5_number_lower(subject_salt() || subject_spelling(subject)) >> 32)::uinteger;
create or replace macro sampled_subjects() as 256;
-- Of the samples of all people together so many hashes are looked at, about 200 MB; beyond, all are counted by a
-- sample of the same share.
create or replace macro most_hashes() as 4_000_000;
create or replace macro hash_range() as 4_294_967_296::ubigint;

-- The least probability that is told: below it rounding decides.
create or replace macro least_p() as 1e-12;

-- Probability that a geometric count (a negative binomial of dispersion one) with this mean is `seen`
-- or more; ten thousand are as rare as any more.
create or replace macro geometric_tail(seen, mean) as
    greatest(least_p(), pow(mean / (1 + mean), least(seen, 10000)));

-- Probability that a negative binomial count with this mean and dispersion (variance = mean +
-- dispersion * mean^2) is `seen` or more; at least 1e-12, since below that rounding decides.
-- Johnson, Kemp & Kotz, Univariate Discrete Distributions, chapter 5. Above a thousand both figures
-- are scaled down to a thousand, which bounds the work: what is lost is at most a thousandth of
-- variance, beside a dispersion that is never so small, and the result errs on the large side.
create or replace macro nb_tail_of(seen, mean, dispersion) as
    case
        when seen <= 0 then 1.0
        when mean <= 0 then least_p()
        else greatest(
            least_p(),
            1.0 - list_sum(list_transform(range(0, seen::bigint), lambda i: exp(
                lgamma(i + 1.0 / dispersion) - lgamma(1.0 / dispersion) - lgamma(i + 1)
                - ln(1.0 + dispersion * mean) / dispersion
                + i * (ln(dispersion * mean) - ln(1.0 + dispersion * mean))
            )))
        )
    end;
create or replace macro nb_tail(seen, mean, dispersion) as
    nb_tail_of(
        least(seen, 1000),
        mean * least(1.0, 1000.0 / greatest(seen, 1)),
        greatest(dispersion, 1e-4)
    );

-- Dispersion of a count with this dispersion about a level that is itself only known with a variance
-- of `doubt` times its square: the two variations multiply.
create or replace macro with_doubt(dispersion, doubt) as
    (1.0 + dispersion) * (1.0 + doubt) - 1.0;

-- Weight of a person's own level, known from `days` days with this mean and dispersion, beside that of
-- a group whose members' levels vary by `spread` (variance over squared mean).
-- Efron & Morris, Journal of the American Statistical Association 70 (1975), 311-319.
create or replace macro own_weight(days, mean, dispersion, spread) as
    case
        when days <= 0 or mean <= 0 then 0.0
        else spread / (spread + (dispersion + 1.0 / mean) / days)
    end;

-- A person's level with this weight beside the mean of the peers. Of who sees few among others who see
-- many, the mean is of the logarithms: a tenth of the peers' level would be twice the person's own.
create or replace macro shrunk(weight, own_level, peers) as
    case
        when peers is null or weight >= 1 then weight * own_level
        when own_level >= peers then weight * own_level + (1 - weight) * peers
        else own_level ** weight * peers ** (1 - weight)
    end;

-- Figures that all judgements of amounts share, with the reason for each.
-- Until so many active days the peers are a person's baseline; after that they weigh in.
create or replace macro few_days() as 10;
-- Fewer than eight peers are no group to be measured by; the next larger one is taken.
create or replace macro enough_peers() as 8;
-- A person's level and its variation are not told from fewer days.
create or replace macro days_of_a_level() as 5;
-- Weight, in person-days, of "no season" and of the usual dispersion until a group has shown its own.
create or replace macro person_days_of_doubt() as 30;
-- Weight, in days, of the group's dispersion beside that of a person's own days: a variance takes
-- about twenty observations to be known within a third.
create or replace macro person_days_of_variation() as 20;
-- Usual dispersion of a day's work: the standard deviation is about half of the mean.
create or replace macro usual_dispersion() as 0.3;
-- Variation of people's levels, as variance over squared mean, where too few people show it.
create or replace macro unknown_spread() as 0.5;
-- A day above four times the usual counts as four in a dispersion: one leak must not hide the next.
create or replace macro largest_step() as 4.0;
-- What a busy day of all, or of a team, may explain: a crowd of stolen accounts is not explained away.
create or replace macro largest_common_factor() as 2.5;
-- No work is steadier than a standard deviation of a sixth of the mean; beyond seventeen tenths of the
-- mean nothing would be unusual any more. Both as variance over squared mean.
create or replace macro least_dispersion() as 0.03;
create or replace macro largest_dispersion() as 3.0;
-- People of a group differ by a third at least, and by twice the mean at most, as far as it counts here.
create or replace macro least_spread() as 0.1;
create or replace macro largest_spread() as 4.0;
-- A short day excuses from half of the usual at most.
create or replace macro least_exposure() as 0.5;
-- A level of nearly nothing is no divisor.
create or replace macro least_level() as 1e-3;
-- Of fewer people nobody's growth tells that of the others.
create or replace macro few_colleagues() as 4;
-- Below twice the expected a value is plainly no more than usual, and no test is made.
create or replace macro clear_ratio() as 2;
-- So many standard deviations above the expected is where the usual ends in charts and evidence.
create or replace macro shown_deviations() as 3;
-- Days of a class: the weekdays from 1, a day off, one of the last working days of a month.
create or replace macro day_off_class() as 0;
create or replace macro month_end_class() as 8;
create or replace macro class_of_day(is_working_day, is_month_end, weekday) as
    case
        when not is_working_day then day_off_class()
        when is_month_end then month_end_class()
        else weekday
    end;
-- A sum over up to a week of active days, looked for within three weeks, is made only for whom this day
-- is half as much again as usual.
create or replace macro window_days() as 7;
create or replace macro window_reach_days() as 3 * days_a_week();
create or replace macro raised_ratio() as 1.5;
-- What one of so many days adds to a person's variation beyond chance and this dispersion.
create or replace macro beside_excess(value, expected, dispersion, days) as
    days / (days - 1.0) * (least(value, largest_step() * expected) - expected) ** 2
    - expected - dispersion * expected ** 2;
-- One day is no sum.
create or replace macro least_window_days() as 2;
-- What was done on two days is a habit.
create or replace macro habit_days() as 2;
-- Whoever did so much on a day is judged, though their user type is only sampled: less than the smallest
-- floor of the detectors of amounts.
create or replace macro sampled_unless_records() as 10;
create or replace macro sampled_unless_lists() as 20;
create or replace macro sampled_unless_exports() as 3;
create or replace macro sampled_unless_export_bytes() as 2e5;
create or replace macro sampled_unless_page_bytes() as 3e6;
-- Of a user type with more than twice as many users, about so many stand for all.
create or replace macro sample_people() as 1000;
create or replace macro sampled_from_people() as 2 * sample_people();

-- A place or a browser is known from a day with so many requests, fewer than which no detector judges, or
-- from so many days with less: one request the day before makes nothing known.
create or replace macro earned_requests() as 3;
create or replace macro earned_days() as 3;

-- Whoever sees no more people a day than a household has does not work with others' data.
create or replace macro household_subjects() as 3;
-- One customer in twenty sees more than the others of a site do.
create or replace macro nearly_all_customers() as 0.95;
-- Of several reasons on record for one access the first is told: an assignment, one of the team, then an
-- approved export.
create or replace macro team_reason_place() as 2;
create or replace macro export_reason_place() as 3;

-- What a request and a record of a service history have in common: the more it tells, the earlier it counts.
create or replace macro service_session_place() as 1;
create or replace macro service_subject_address_place() as 2;
create or replace macro service_subject_place() as 3;
create or replace macro service_address_place() as 4;

-- Figures that the detectors of log-ins share.
-- Told to log in so often about so few things, a program is guessing; a browser asks for many.
create or replace macro challenge_failures() as 5;
create or replace macro challenge_targets() as 2;
-- A subnet that two people or more have logged in from on three days is an office.
create or replace macro office_users() as 2;
create or replace macro office_days() as 3;
-- People who mistype or have forgotten a password get in, or give up, within so many tries.
create or replace macro slip_failures() as 10;

-- Figures of what a site usually does.
-- Eight weeks have eight days of each weekday, and a change of season is forgotten after two months.
create or replace macro site_past_days() as 8 * days_a_week();
-- Fewer days of a kind have no mean.
create or replace macro days_of_a_kind() as 3;
-- A site with fewer records a day tells nothing of other sites.
create or replace macro comparable_records() as 10;
-- The median of fewer sites may be that of one failure.
create or replace macro sites_that_tell() as 8;
-- What all sites share explains a third to three times the usual: beyond, it is the delivery that fails.
create or replace macro largest_site_factor() as 3.0;
create or replace macro least_site_factor() as 0.3;

-- Figures of a day that fits its own rhythm only when it is moved, see day/site_shift.sql.
-- Fewer days of a kind, or fewer addresses on this one, show no rhythm.
create or replace macro days_of_a_rhythm() as 5;
create or replace macro addresses_of_a_rhythm() as 20;
-- So much of a profile is spread evenly over the hours: one without a past is unlikely, not impossible.
create or replace macro evenly_spread_share() as 0.05;
-- An address counts in each hour in which it is seen: so many hours are taken for one visitor. Hours vary
-- together, so that more than two hundred visitors tell no more than two hundred.
create or replace macro hours_a_visitor() as 1.25;
create or replace macro telling_visitors() as 200;
-- Natural logarithm of how much likelier the day is when moved. A shift of one hour is asked for more: a
-- site that opens an hour later for once looks nearly so.
create or replace macro evidence_of_hours() as 12;
create or replace macro evidence_of_one_hour() as 20;
-- Moving must explain three fifths of the distance at least.
create or replace macro unexplained_share() as 0.4;

-- Figures that the families share, with the reason for each.
-- Hints of one family over an address's day: at least three different texts, four hints' worth.
create or replace macro web_hint_texts() as 3;
create or replace macro web_hint_weight() as 12;
-- Fewer ordinary requests do not tell what a page answers usually.
create or replace macro web_page_known() as 3;
-- What one address alone asks for it may have asked for the sake of the attack.
create or replace macro web_page_addresses() as 2;
-- From so many visitors on, the furthest at either end is left out of a page's sizes, and one more with every
-- twenty: whoever asks for a page to widen them widens nothing alone.
create or replace macro web_trimmed_visitors() as 5;
create or replace macro web_trimmed_share() as 20;
create or replace macro web_trim(visitors) as
    case
        when visitors < web_trimmed_visitors() then 0
        else greatest(1, visitors // web_trimmed_share())
    end;
-- What an answer may be beside those that the page gives to others, what says most first.
create or replace macro web_responses() as ['unlike_usual', 'not_comparable', 'as_usual', 'refused'];
-- What pages answer to those who do not try anything, from one row per site, page and address (`visitors`).
create or replace macro web_ordinary(visitors) as table
    select
        site_id, url_path,
        sum(requests)::bigint as requests,
        sum(answered)::bigint as answered,
        sum(redirected)::bigint as redirected,
        sum(failed)::bigint as failed,
        sum(requests) >= web_page_known() and count(*) >= web_page_addresses() as is_known,
        list_sort(list(smallest) filter (where smallest is not null))[
            1 + web_trim(count(smallest))
        ] as smallest,
        list_sort(list(largest) filter (where largest is not null))[
            (count(largest) - web_trim(count(largest)))::bigint
        ] as largest
    from query_table(visitors)
    group by site_id, url_path;
-- Days before, and requests of these, that are read for what pages usually answer: to read more would take a
-- noticeable time.
create or replace macro web_past_days() as 7;
create or replace macro web_past_records() as 500_000;
-- Families of attacks, what does most harm first: which of two as strong ones reports a request.
create or replace macro web_families_by_harm() as [
    'webshell-access', 'jndi-injection', 'command-injection', 'code-injection', 'sql-injection',
    'server-side-request-forgery', 'remote-inclusion', 'path-traversal', 'cross-site-scripting',
    'exploit-probing', 'sensitive-file-probing', 'scanner-user-agent'
];
-- Different pages that were asked for in vain and answered alike: a page that answers everything.
create or replace macro web_catch_all_pages() as 3;
-- Minutes within which a log-in or a new script from the same address may be the fruit of an attack.
create or replace macro web_afterwards_minutes() as 60;
-- A script is new where it was asked for by no more addresses: a page of the site soon has more visitors.
create or replace macro web_new_script_addresses() as 2;
-- A new script is no more than a hint.
create or replace macro web_new_script_weight() as 3;
-- Answers of one page differ by the path they repeat: by a fiftieth or 64 bytes.
create or replace macro web_size_tolerance(bytes) as greatest(64, bytes // 50);
-- A page's usual answers, with room for one that is shorter by half or longer by half and a form's message.
create or replace macro web_is_usual_size(bytes, smallest, largest) as
    bytes between smallest // 2 and largest * 3 // 2 + 512;
-- A person looks at so many examples of an address's tries.
create or replace macro web_examples() as 5;
-- Fewer requests, or pages that were not there, of an address are no campaign.
create or replace macro web_campaign_requests() as 20;


-- Percent-decoded once. Where the bytes are no UTF-8 (Shift_JIS, or one byte put there to spoil
-- the decoding), the ASCII in the text is decoded all the same.
create or replace macro percent_decoded(text) as
    coalesce(
        try(url_decode(text)),
        try(url_decode(regexp_replace(text, '%[89A-Fa-f][0-9A-Fa-f]', '?', 'g'))),
        text
    );

-- Other spellings of an escape: \x27 (how servers write unprintable bytes to their log), %u0027 (IIS).
create or replace macro one_escape(text) as
    regexp_replace(
        regexp_replace(text, '\\x([0-9A-Fa-f]{2})', '%\1', 'g'), '%u00([0-9A-Fa-f]{2})', '%\1', 'g'
    );

-- A text as a server would see it: decoded twice, plus as space, comments of SQL gone, but not what
-- MySQL runs inside /*! ... */.
create or replace macro decoded(text) as
    lower(regexp_replace(
        regexp_replace(
            percent_decoded(percent_decoded(one_escape(replace(text, '+', ' ')))),
            '/\*!\d*(.*?)\*/', ' \1 ', 'gs'
        ),
        '/\*.*?\*/', ' ', 'gs'
    ));

-- How many days a set of them has, see history_day.
create or replace macro days_among(day_bits) as bit_count(day_bits)::bigint;

-- A leaver is watched from notice, and from this many days before the last one; of a long notice no more
-- than leaves a month of the history to compare with.
create or replace macro leaving_days() as 30;
create or replace macro longest_notice_days() as 60;

-- Within so many days somebody's data is seen again, and on so many at least; detectors ask for more.
create or replace macro days_of_repetition() as 28;
create or replace macro repeated_days() as 4;

-- What a person's other work is measured by, beside which what they see or list is judged: all that was asked
-- for and is not counted by the metric itself.
create or replace macro beside_of(metric) as
    case
        when metric in ('subjects', 'strangers') then 'beside_records'
        when metric = 'list_accesses' then 'beside_lists'
    end;
