"""What is installed only where it is wanted, and a plain message where it is wanted and missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Literal

from pipelines.errors import UsageError
from pipelines.text.messages import message

Extra = Literal[
    "airflow", "celery", "cluster", "fetch", "lineage", "reverse-dns", "shell", "spreadsheet"
]

MODULES: dict[Extra, tuple[str, ...]] = {
    "airflow": ("airflow",),
    "celery": ("celery",),
    "cluster": ("botocore", "duckdb_extension_postgres_scanner", "psycopg"),
    "fetch": ("asyncssh", "botocore"),
    "lineage": ("openlineage",),
    "reverse-dns": ("dns",),
    "shell": ("prompt_toolkit", "pygments"),
    "spreadsheet": ("xlsxwriter",),
}
"""The top-level modules that each extra of pyproject.toml brings."""


class MissingExtraError(UsageError):
    """Something was asked for that needs an extra that is not installed."""

    def __init__(self, extra: Extra, asked: str) -> None:
        """Say what was `asked` for, and how the extra is installed."""
        self.reason = message("extras.not_installed", at=asked, extra=extra, install=install(extra))
        super().__init__(self.reason)


def install(extra: Extra) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'mimamori-accesslog[{extra}]'"


def is_installed(extra: Extra) -> bool:
    """Return whether the modules of an extra can be found; none of them is imported."""
    try:
        return all(find_spec(name) is not None for name in MODULES[extra])
    except ImportError:
        return False


def require(extra: Extra, asked: str) -> None:
    """Raise MissingExtraError where an extra is not installed that `asked` needs."""
    if not is_installed(extra):
        raise MissingExtraError(extra, asked)


@contextmanager
def needing(extra: Extra, asked: str) -> Iterator[None]:
    """Import within what needs an extra; `asked` is what the user asked for, as they wrote it.

    Raises:
        MissingExtraError: it is not installed. Other failures of an import pass as they are.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in MODULES[extra]:
            raise
        raise MissingExtraError(extra, asked) from None
