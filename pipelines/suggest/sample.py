"""What sample files hold: their records as far as a proposal rests on them."""

from dataclasses import dataclass, replace

import polars as pl

from pipelines.errors import MimamoriError
from pipelines.ingest.convert import NOWHERE, ParseOptions, ParseResult, by_file, parse_files
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.suggest.users import LikelyUser, likely_users
from pipelines.text.messages import message

MOST_RECORDS = 500_000
_COLUMNS = (
    *("site_domain", "user_id", "session_id", "method", "url_path", "url_query", "status"),
    *("bytes", "referrer_domain", "user_agent", "line_no"),
)


@dataclass(frozen=True)
class Sample:
    """The first `MOST_RECORDS` records of the files, and what parsing says of all of them.

    `records` has the columns of records and `file`, the name of the file that a record stands in.
    `users` are fields other than the format's own that seem to name the user.
    """

    names: tuple[str, ...]
    records: pl.DataFrame
    parsed: ParseResult
    users: tuple[LikelyUser, ...] = ()

    def share(self, column: str) -> float:
        """Return in which part of the records a column has a value, 0 to 1."""
        return 1 - self.records.get_column(column).null_count() / len(self.records)

    def domains(self, column: str) -> list[tuple[str, int]]:
        """Return the most frequent hosts of a column with their records, five at most."""
        counts = self.records.get_column(column).drop_nulls().value_counts(sort=True, name="count")
        return counts.head(5).rows()


def read_sample(names: list[str], settings: Settings, options: ParseOptions) -> Sample:
    """Return what is in the files, with the user that is proposed; values are masked as in ingest.

    Raises:
        MimamoriError: a file cannot be read, or no line of them is one of a request.
    """
    frames: list[pl.DataFrame] = []
    left = MOST_RECORDS

    def keep(name: str, records: pl.DataFrame) -> None:
        nonlocal left
        if left > 0:
            part = records.select(_COLUMNS).head(left)
            left -= len(part)
            frames.append(part.with_columns(file=pl.lit(name)))

    users = likely_users(names, options.format)
    options = replace(options, user_from=tuple(one.name for one in users))
    parsed = parse_files(names, settings, options, Pseudonyms(), by_file(keep), NOWHERE)
    if parsed.failures:
        raise MimamoriError("\n".join(parsed.failures))
    if not frames:
        raise MimamoriError(message("suggest.sample.no_record", lines=parsed.lines))
    return Sample(tuple(names), pl.concat(frames), parsed, users)
