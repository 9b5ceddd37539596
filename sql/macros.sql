-- Functions that aggregates and detectors share.

-- Whether a status means that the data went out; null without a status.
create or replace temp macro is_access(status) as status between 200 and 299 or status = 304;

-- The network and the block that an address is in: 16 and 24 bits of IPv4, 32 and 48 of IPv6.
create or replace temp macro v6_groups(ip) as
    list_concat(list_filter(string_split(split_part(ip, '::', 1), ':'), lambda part: part <> ''),
        ['0', '0', '0']);
create or replace temp macro network_of(ip) as
    case
        when contains(ip, ':') then array_to_string(v6_groups(ip)[1:2], ':') || '::/32'
        else array_to_string(string_split(ip, '.')[1:2], '.') || '.0.0/16'
    end;
create or replace temp macro block_of(ip) as
    case
        when contains(ip, ':') then array_to_string(v6_groups(ip)[1:3], ':') || '::/48'
        else array_to_string(string_split(ip, '.')[1:3], '.') || '.0/24'
    end;

-- The number at the end of a subject's id; null without one.
create or replace temp macro subject_number(subject) as
    try_cast(regexp_extract(subject, '([0-9]{1,15})$', 1) as bigint);

-- Probability that a negative binomial count with this mean and dispersion (variance = mean +
-- dispersion * mean^2) is `seen` or more; at least 1e-12, since below that rounding decides.
-- Johnson, Kemp & Kotz, Univariate Discrete Distributions, chapter 5.
create or replace temp macro nb_tail(seen, mean, dispersion) as
    case
        when seen <= 0 then 1.0
        else greatest(
            1e-12,
            1.0 - list_sum(list_transform(range(0, seen::bigint), lambda i: exp(
                lgamma(i + 1.0 / dispersion) - lgamma(1.0 / dispersion) - lgamma(i + 1)
                + ln(1.0 / (1.0 + dispersion * mean)) / dispersion
                + i * ln(dispersion * mean / (1.0 + dispersion * mean))
            )))
        )
    end;

-- Probability that such a count is zero.
create or replace temp macro nb_zero(mean, dispersion) as
    case when mean <= 0 then 1.0 else exp(-ln(1.0 + dispersion * mean) / dispersion) end;

-- Percent-decoded once. Where the bytes are no UTF-8 (Shift_JIS, or one byte put there to spoil
-- the decoding), the ASCII in the text is decoded all the same.
create or replace temp macro percent_decoded(text) as
    coalesce(
        try(url_decode(text)),
        try(url_decode(regexp_replace(text, '%[89A-Fa-f][0-9A-Fa-f]', '?', 'g'))),
        text
    );

-- Other spellings of an escape: \x27 (how servers write odd bytes to their log), %u0027 (IIS).
create or replace temp macro one_escape(text) as
    regexp_replace(
        regexp_replace(text, '\\x([0-9A-Fa-f]{2})', '%\1', 'g'), '%u00([0-9A-Fa-f]{2})', '%\1', 'g'
    );

-- A text as a server would see it: decoded twice, plus as space, comments of SQL gone, but not what
-- MySQL runs inside /*! ... */.
create or replace temp macro decoded(text) as
    lower(regexp_replace(
        regexp_replace(
            percent_decoded(percent_decoded(one_escape(replace(text, '+', ' ')))),
            '/\*!\d*(.*?)\*/', ' \1 ', 'gs'
        ),
        '/\*.*?\*/', ' ', 'gs'
    ));
