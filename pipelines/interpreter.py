"""What is asked of the Python interpreter for speed alone, each with the figure that keeps it.

The figures are CPU seconds on two cores, the least of five starts of `mimamori sql "select 1"`,
`findings list` and an `ingest` that finds nothing new, which take 0.94, 1.04 and 1.05.
"""

import atexit
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


def prevent_pandas_import() -> None:
    """Let every import of pandas fail from now on, unless it is there already.

    At the first bound value DuckDB imports pandas to know its missing values: 0.29, 0.23 and 0.25
    more. Only the quality checks need pandas.
    """
    # None there is Python's own way to say so.
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]


def prevent_plugins_of_pydantic() -> None:
    """Let pydantic look for no plugins, unless the account wants some: 0.02 more.

    It would read what each of some 250 installed packages says of itself.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def collect_garbage_rarely() -> None:
    """Look for objects that refer to each other alone after 50,000 new ones, not after 700.

    Hardly any are found, among all that was imported: 0.8 of the 9.9 of a night without lines.
    """
    gc.set_threshold(50_000)


class _LoadedWhenUsed:
    """Finder of modules that Great Expectations imports for expectations that no suite has.

    Statistical distributions, charts and JSON schemas: 0.7 of the 2.3 s of the import. Where one is
    used after all, it is loaded then (`importlib.util.LazyLoader`).
    """

    _NAMES = frozenset({"altair", "jsonschema", "scipy", "scipy.stats"})

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module is, if it is one of these."""
        spec = PathFinder.find_spec(name, path, target) if name in cls._NAMES else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


_NOT_FOR_CHECKS = ("boto3", "botocore")
"""What Great Expectations imports for data in S3, if it is installed: 0.1 s of the import."""


@contextmanager
def great_expectations_imported() -> Iterator[None]:
    """Import Great Expectations in here: with pandas, and without looking for garbage meanwhile.

    It cannot be imported without pandas, and does without the packages for S3. A million objects
    are made that stay for good; to look among them for cycles takes 0.6 of the 3.3 s of the import,
    and more at each later collection.
    """
    if sys.modules.get("pandas", sys) is None:
        del sys.modules["pandas"]
    was_enabled = gc.isenabled()
    absent = [name for name in _NOT_FOR_CHECKS if name not in sys.modules]
    gc.disable()
    sys.meta_path.insert(0, _LoadedWhenUsed)
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
        gc.freeze()
    finally:
        for name in absent:
            sys.modules.pop(name, None)
        sys.meta_path.remove(_LoadedWhenUsed)
        if was_enabled:
            gc.enable()


def leave_quickly(codes: list[int]) -> None:
    """End with the last of `codes`, if there is one, when Python has closed all that it closes.

    What is left would be to take every module and every cache apart, object by object: 0.11, 0.15
    and 0.19 more. To be called before anything else registers what is done at the end.
    """
    atexit.register(_leave, codes)  # the first to be registered is the last to be called


def _leave(codes: list[int]) -> None:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # Python tells of it
    if codes:
        os._exit(codes[-1])
