-- Functions that detectors share.

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
