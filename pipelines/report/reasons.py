"""Why a line was rejected, in the reader's language: ingest gives its reasons in English."""

import re

from pipelines.report.words import Words

_AFTER = re.compile(r"no (?P<piece>.+?) after the (?P<before>.+)")
_PLACE = re.compile(r"no (?P<piece>.+?) where the format has it")


def reason_in_words(words: Words, reason: str) -> str:
    """Return the reason in the language of `words`; one that is not known as it is."""
    for pattern, key in ((_AFTER, "rejects.piece_after"), (_PLACE, "rejects.piece_missing")):
        match = pattern.fullmatch(reason)
        if match:
            return words(key, **match.groupdict())
    return words.known(f"reject_reason.{reason}", reason)
