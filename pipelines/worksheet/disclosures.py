"""An entry of the register of disclosures as a row of a document: of the register, of the audit."""

from pipelines.records.disclosures import Registered
from pipelines.report.finding_view import ID_LIMIT
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.worksheet.document import Cell, Value


def disclosure_columns(words: Words) -> tuple[str, ...]:
    """Return the names of the cells of `disclosure_row`."""
    return tuple(words("disclosure.columns").split("|"))


def disclosure_row(one: Registered, words: Words) -> tuple[Cell, ...]:
    """Return an entry: day, way, other side, ground, whose data, items, how many, by whom."""
    given = one.disclosure
    unstated = words("disclosure.unstated")
    country = words.country(given.country) if given.country else None
    items = words("list_separator").join(
        words.known(f"disclosure.item.{item}", visible(item, ID_LIMIT)) for item in given.items
    )
    return (
        given.on.isoformat(),
        words.known(f"disclosure.route.{given.route}", given.route),
        Value(given.name or unstated),
        Value(words("list_separator").join(filter(None, [given.address, country])) or unstated),
        words(f"disclosure.ground.{given.ground}") if given.ground else unstated,
        Value(given.whose),
        Value(items),
        "–" if one.rows is None else one.rows,
        Value(one.who),
    )
