"""Raw fields to normalised records: the way every line goes, in the lake and in `parse`.

Each line ends as exactly one of record, reject or comment. Work on addresses, users, referrers
and agents is done once per distinct value of a chunk.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.enrich.resource import RESOURCE_SCHEMA
from pipelines.enrich.users import types_of
from pipelines.formats.format import COMMENT, because
from pipelines.formats.unescape import without_nul
from pipelines.ingest.day_window import BEYOND_LIMIT as BEYOND_DAYS
from pipelines.ingest.fields import Fields, LineContext, repeated
from pipelines.ingest.identities import without_personal_values
from pipelines.ingest.lines import Lines
from pipelines.ingest.reader import MAX_LINE_BYTES
from pipelines.ingest.reject_reasons import spelled_out
from pipelines.normalise.columns import Types
from pipelines.normalise.time import INSTANT
from pipelines.normalise.url import referrer_domains
from pipelines.privacy.redact import Redactor
from pipelines.privacy.user_values import in_place_of
from pipelines.settings.redaction_kinds import COLUMNS

RECORD_SCHEMA: Types = {
    "source": pl.UInt32,
    "line_no": pl.UInt64,
    "time": INSTANT,
    "log_date": pl.Date,
    "site_domain": pl.String,
    "client_ip": pl.String,
    "client_host": pl.String,
    "user_id": pl.String,
    "user_type": pl.String,
    "session_id": pl.String,
    "method": pl.String,
    "url_path": pl.String,
    "url_query": pl.String,
    "protocol": pl.String,
    "status": pl.UInt16,
    "bytes": pl.UInt64,
    "duration_ms": pl.Float64,
    "referrer": pl.String,
    "referrer_domain": pl.String,
    "user_agent": pl.String,
    **RESOURCE_SCHEMA,
    "redactions": pl.List(pl.String),
    "masked_attacks": pl.String,
}
REJECT_SCHEMA: Types = {
    "source": pl.UInt32,
    "line_no": pl.UInt64,
    "byte_offset": pl.UInt64,
    "log_date": pl.Date,
    "reason": pl.String,
    "reason_code": pl.String,
    "reason_arguments": pl.String,
    "line": pl.String,
}
_KEPT_OF_REJECT = 8192
_LOST_AT_CUT = 512  # characters; no value known by its shape is longer


@dataclass(frozen=True)
class Parsed:
    """The lines of a chunk: RECORD_SCHEMA, REJECT_SCHEMA, and the source of each comment.

    `cut` has the source of each record that lacks the end of a field.
    """

    records: pl.DataFrame
    rejects: pl.DataFrame
    comments: pl.Series
    cut: pl.Series


def parse_lines(lines: Lines, context: LineContext, others: pl.DataFrame | None = None) -> Parsed:
    """Return the records and rejects of a chunk, in order.

    `others` (source, line_no, log_date) are records of the same files that stand between the
    lines: a reject counts on the day of the record before it.

    Comments are blank lines and, where the format has directives, lines that begin with `#`.
    Elsewhere a client may be able to write such a beginning: it is a comment only when the line
    is no record and holds no quotation mark, as requests do.
    """
    form = context.format
    is_comment = lines.is_blank
    if form is not None and form.has_directives:
        is_comment = is_comment | lines.is_marked
    places = pl.DataFrame([lines.source, lines.line_no, lines.byte_offset])
    text, is_marked, comments = lines.text, lines.is_marked, lines.source.clear()
    if is_comment.any():
        comments = lines.source.filter(is_comment)
        text, places = text.filter(~is_comment), places.filter(~is_comment)
        is_marked = is_marked.filter(~is_comment)
    cut = comments.clear()
    if lines.overlong or form is None:
        mib = MAX_LINE_BYTES // 2**20
        reason = because("too_long", mib=mib) if lines.overlong else because("no_format")
        records = pl.DataFrame(schema=RECORD_SCHEMA)
        reasons = repeated(reason, pl.String, len(text))
    else:
        fields = Fields(form.split(text), form, context)
        records, reasons = _records(text, places, fields, has_return=lines.has_return)
        records = redacted(records, context)
        records, cut = fields.cut.marked(records, reasons.is_null())
    is_remark = (reasons == COMMENT).fill_null(value=False)
    if is_marked.any():
        is_remark |= is_marked & reasons.is_not_null() & ~text.str.contains('"', literal=True)
    if is_remark.any():
        comments = comments.append(places.get_column("source").filter(is_remark))
        text, places = text.filter(~is_remark), places.filter(~is_remark)
        reasons = reasons.filter(~is_remark)
    refused = _refused(text, places, reasons, context.redactor, is_cut=lines.overlong)
    return Parsed(records, _dated(refused, records, others), comments, cut)


def _records(
    text: pl.Series, places: pl.DataFrame, fields: Fields, *, has_return: bool
) -> tuple[pl.DataFrame, pl.Series]:
    """Records of the good lines, and for all lines the reason why they are none."""
    context = fields.context
    time, client, status, size = fields.time(), fields.client(), fields.status(), fields.size()
    faults = {
        "bad_time": time.is_null(),
        "bad_client": client.get_column("refused"),
        "bad_status": fields.is_given_without("status", status),
        "bad_size": fields.is_given_without("bytes", size),
    }
    if fields.names_fields:
        del faults["bad_size"]  # a wrong value, as `12 kB`, and no more
    if has_return:
        is_split = text.str.contains("\r", literal=True)
        faults = {"carriage_return": is_split, **faults}
    reasons = fields.reasons()
    for code, is_at_fault in faults.items():
        if is_at_fault.any():
            reasons = reasons.set(is_at_fault & reasons.is_null(), because(code))
    days = days_of(time, ZoneInfo(context.day_zone))
    request, user = fields.request(), fields.user()
    referrers, referrer_values = fields.distinct("referrer")
    records = pl.DataFrame(
        {
            "source": places.get_column("source"),
            "line_no": places.get_column("line_no"),
            "time": time,
            "log_date": days,
            "site_domain": fields.site_domain(),
            "client_ip": client.get_column("client_ip"),
            "client_host": client.get_column("client_host"),
            "user_id": user,
            "user_type": types_of(user, context.user_types),
            "session_id": fields.session_id(days),
            **{name: request.get_column(name) for name in request.columns},
            "status": status.set(status == 0, None),
            "bytes": size,
            "duration_ms": fields.duration_ms(),
            "referrer": referrers.spread(referrer_values),
            "referrer_domain": referrers.spread(referrer_domains(referrer_values)),
            "user_agent": fields.text("agent"),
            **context.resources.match(request.with_columns(status.alias("status"))).to_dict(),
            "redactions": repeated([], pl.List(pl.String), len(text)),
            "masked_attacks": repeated(None, pl.String, len(text)),
        },
        schema=RECORD_SCHEMA,
    )
    judged = days.set(reasons.is_not_null(), None)
    refused = context.days.refused(judged) if context.days else None
    if refused is not None:
        reasons = reasons.set(refused, because(BEYOND_DAYS))
    if reasons.null_count() < len(reasons):
        records = records.filter(reasons.is_null())
    return records, reasons


def redacted(
    records: pl.DataFrame,
    context: LineContext,
    columns: Sequence[str] = COLUMNS,
    suspects: pl.Series | None = None,
    texts: Callable[[pl.Series], Sequence[pl.Series]] = lambda _: (),
) -> pl.DataFrame:
    """Return the records with personal values in `columns` masked.

    `suspects` are the numbers of the rows that may hold any; without it all may. A subject that
    was one of them is a pseudonym. `texts` gives for numbers of rows the columns for which the
    records have ids.
    """
    if context.redactor is None or records.is_empty():
        return records
    found = context.redactor.columns(records.select(columns), suspects)
    masked = without_personal_values(records.with_columns(found.get_columns()), context)
    rows = (masked.get_column("redactions").list.len() > 0).arg_true()
    if rows.is_empty():
        return masked
    if context.attacks is not None:
        hidden = context.attacks.find(records[rows].with_columns(*texts(rows)), masked[rows])
        if hidden.null_count() < len(rows):
            attacks = masked.get_column("masked_attacks")
            masked = masked.with_columns(attacks.scatter(rows, hidden))
    touched = masked.select(
        "referrer", "referrer_domain", "url_path", "url_query", "subject_id", "log_date"
    )[rows]
    # A masked host must not stand in the next column.
    is_shown = touched.select(
        pl.col("referrer").str.to_lowercase().str.contains(pl.col("referrer_domain"), literal=True)
        | pl.col("referrer").str.contains("xn--", literal=True)
    ).to_series()
    hosts = masked.get_column("referrer_domain")
    hidden = rows.filter(~is_shown)
    if len(hidden):
        masked = masked.with_columns(hosts.scatter(hidden, None))
    is_subject = touched.get_column("subject_id").is_not_null()
    if not is_subject.any():
        return masked
    subjects = [
        None if subject is None else _hidden(subject, path, query, day, context)
        for subject, path, query, day in touched.filter(is_subject)
        .select("subject_id", "url_path", "url_query", "log_date")
        .iter_rows()
    ]
    return masked.with_columns(
        masked.get_column("subject_id").scatter(
            rows.filter(is_subject), pl.Series(subjects, dtype=pl.String)
        )
    )


def _hidden(
    subject: str, path: str, query: str | None, day: dt.date | None, context: LineContext
) -> str:
    """The subject as it may be kept: itself where the redacted request still shows it."""
    shown = unquote_plus(f"{path}?{query or ''}")
    if subject in without_nul(shown) or subject in without_nul(unquote_plus(shown)):
        return subject
    return in_place_of(subject, "subject", context.pseudonyms.on(day))


def _refused(
    text: pl.Series,
    places: pl.DataFrame,
    reasons: pl.Series,
    redactor: Redactor | None,
    *,
    is_cut: bool,
) -> pl.DataFrame:
    """The lines with a reason, masked; of a long one the beginning is kept.

    It is cut first, which costs a value at the cut its shape, then masked, then cut once more so
    far before the first cut that the half value is gone.
    """
    is_refused = reasons.is_not_null()
    if not is_refused.any():
        return pl.DataFrame(schema={**places.schema, **REJECT_SCHEMA}).drop("log_date")
    whole = text.filter(is_refused)
    line = whole.str.slice(0, _KEPT_OF_REJECT + _LOST_AT_CUT)
    was_cut = (whole.str.len_bytes() > line.str.len_bytes()) | is_cut
    if redactor is not None:
        line = redactor.lines(line)
        line = line.zip_with(~was_cut, line.str.head(-_LOST_AT_CUT))
    return places.filter(is_refused).with_columns(
        *spelled_out(reasons.filter(is_refused)), line=line.str.slice(0, _KEPT_OF_REJECT)
    )


def _dated(
    refused: pl.DataFrame, records: pl.DataFrame, others: pl.DataFrame | None
) -> pl.DataFrame:
    """REJECT_SCHEMA: the lines with the day of the record before them, else after them."""
    if refused.is_empty():
        return pl.DataFrame(schema=REJECT_SCHEMA)
    days = records.select("source", "line_no", "log_date")
    if others is not None:
        days = pl.concat([others, days]).sort("line_no")
    near = refused.join_asof(
        days, on="line_no", by="source", strategy="backward", check_sortedness=False
    ).join_asof(
        days.rename({"log_date": "next_date"}),
        on="line_no",
        by="source",
        strategy="forward",
        check_sortedness=False,
    )
    return near.with_columns(pl.coalesce("log_date", "next_date").alias("log_date")).select(
        *REJECT_SCHEMA
    )


def days_of(times: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Return the day of each instant in a zone; the lines of a chunk are mostly of one."""
    ends = (times.min(), times.max())
    days = {end.astimezone(zone).date() for end in ends if isinstance(end, dt.datetime)}
    if len(days) == 1:
        return repeated(days.pop(), pl.Date, len(times))
    return times.dt.convert_time_zone(zone.key).dt.date()
