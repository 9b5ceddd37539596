"""What a shop's page is called, whatever its franchise id holds."""

import hashlib
import re

OVERVIEW = "index.html"
_PLAIN = re.compile(r"[a-z0-9]{1,40}")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 40


def page_name(shop: str) -> str:
    """Return the file name of a shop's page, another one for every other shop.

    It holds `a-z`, `0-9` and `-` alone, so that no id leads out of the folder, hides a file or
    meets another's on a file system that does not tell capitals. An id of other characters has
    ten hexadecimal digits of its SHA-256 behind it.
    """
    if _PLAIN.fullmatch(shop):
        return f"shop-{shop}.html"
    slug = _UNSAFE.sub("-", shop.lower()).strip("-")[:_LONGEST_SLUG].strip("-") or "x"
    digest = hashlib.sha256(shop.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"shop-{slug}-{digest}.html"
