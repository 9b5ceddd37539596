"""The key material of the lake: all there, and not beside the data that it opens."""

from pipelines.doctor.outcome import Outcome, warning, well, wrong
from pipelines.lake.keys import on_one_file_system
from pipelines.paths import Home
from pipelines.text.messages import message


def check_keys(home: Home) -> Outcome:
    """Return whether the keys of a lake are complete and lie on a volume of their own."""
    if not home.pseudonym_key.exists():
        return wrong(
            "keys",
            message("doctor.keys.missing", at=home.pseudonym_key),
            message("doctor.keys.restore_them"),
        )
    if on_one_file_system(home):
        return warning(
            "keys",
            message("doctor.keys.same_file_system", at=home.keys),
            message("doctor.keys.move_them"),
        )
    return well("keys", message("doctor.keys.apart", at=home.keys))
