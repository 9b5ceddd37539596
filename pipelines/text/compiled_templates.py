"""Templates compiled once, as Python does with its own files: beside them, in `__pycache__`."""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket


class CompiledTemplates(jinja2.BytecodeCache):
    """Keeps the bytecode of templates, 0.7 s of work for a report in one language.

    Jinja takes none of another text, of its own release or of Python's: it compiles anew. Where the
    folder cannot be written, or Python is told to write no bytecode, nothing is kept.
    """

    def __init__(self, templates: Path, variant: str = "", rests_on: str = "") -> None:
        """Keep them in a folder beside those `templates`.

        Each `variant` is kept by itself; one that was compiled when what it `rests_on` was another
        is compiled anew.
        """
        self._folder = templates / "__pycache__"
        self._variant, self._rests_on = variant, rests_on

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Return the name under which a template is kept."""
        return super().get_cache_key(f"{name}|{self._variant}", filename)

    def get_source_checksum(self, source: str) -> str:
        """Return a digest of all that the bytecode of a template is made of."""
        return super().get_source_checksum(f"{source}|{self._rests_on}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept of a template, if anything."""
        with suppress(OSError), self._path(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template, whole or not at all."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    bucket.write_bytecode(file)
                Path(name).replace(self._path(bucket))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}.jinja"
