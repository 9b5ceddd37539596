"""Compiles to bytecode what mimamori may import: the packages that it needs, with all its extras.

The tools of its own tests are left out, and so are the tests that packages bring along: together
two fifths of all modules, 20 s of CPU time; and packages that nothing of ours loads, a seventh of
the rest. What is imported of all these after all is compiled then.
"""

import re
import sys
from collections.abc import Iterator
from compileall import compile_file
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

_PROJECT = canonicalize_name("mimamori-accesslog")
_EXTRA = "all"
# Tools of the tests that packages import where they are: svcs, great-expectations, structlog.
_IMPORTED_IF_THERE = ("flask", "boto3", "colorama")
# Of Great Expectations, whose import of them is put off for good (pipelines/interpreter.py).
_NEVER_LOADED = ("altair", "scipy")
_TESTS = re.compile(r"/(_?tests?|testing)/")
_AT_A_TIME = 50  # files


def main() -> int:
    """Compile what is not compiled yet, on all cores; return the exit code."""
    # What cannot be compiled is not for this release of Python: packages bring such files too.
    with ProcessPoolExecutor() as pool:
        work = partial(compile_file, quiet=2)
        for _ in pool.map(work, sorted(modules()), chunksize=_AT_A_TIME):
            pass
    return 0


def modules() -> Iterator[Path]:
    """Yield the files of modules of the packages that mimamori needs."""
    installed = {canonicalize_name(one.name): one for one in distributions()}
    for name in needed(installed).difference(_NEVER_LOADED):
        for file in installed[name].files or ():
            if file.suffix == ".py" and not _TESTS.search(str(file)):
                yield Path(str(file.locate()))


def needed(installed: dict[NormalizedName, Distribution]) -> set[NormalizedName]:
    """Return the installed packages that mimamori with all extras needs, directly or not."""
    found: set[tuple[NormalizedName, str]] = set()
    roots = (_PROJECT, *map(canonicalize_name, _IMPORTED_IF_THERE))
    ahead = [(_PROJECT, _EXTRA), *((root, "") for root in roots)]
    while ahead:
        name, extra = one = ahead.pop()
        if one in found or name not in installed:
            continue
        found.add(one)
        for text in installed[name].requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                other = canonicalize_name(requirement.name)
                ahead += [(other, wanted) for wanted in ("", *requirement.extras)]
    return {name for name, _ in found}


if __name__ == "__main__":
    sys.exit(main())
