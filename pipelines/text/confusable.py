"""Which names look alike: the skeleton of Unicode Technical Standard 39, section 4.

Two texts with the same skeleton look the same to a reader: `st-01` and `st-Ol`, full-width digits,
a Cyrillic а in place of a Latin one. The characters are Unicode's confusables, as the package
`confusable-homoglyphs` has them.
"""

import unicodedata
from functools import cache

from confusable_homoglyphs import confusables


def skeleton(text: str) -> str:
    """Return what all texts that look like this one have in common; case is none of it.

    Compatibility forms (NFKC) are undone first, beyond the standard: they look alike in a table.
    """
    return unicodedata.normalize("NFKC", text).translate(_prototypes()).lower()


@cache
def _prototypes() -> dict[int, str]:
    """What stands for each confusable character: of all that look alike the one that is longest."""
    parents: dict[str, str] = {}

    def first(sign: str) -> str:
        while (parent := parents.get(sign, sign)) != sign:
            sign = parent
        return sign

    for sign, others in confusables.confusables_data.items():
        for other in others:
            one, two = first(sign), first(other["c"])
            longer, shorter = sorted((one, two), key=lambda each: (-len(each), each))
            parents[shorter] = longer
    return {ord(sign): first(sign) for sign in list(parents) if len(sign) == 1}
