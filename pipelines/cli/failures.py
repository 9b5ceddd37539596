"""What a failure becomes at the command line: one message and an exit code."""

import logging
import os
import sys
from collections.abc import Callable

import click

from pipelines.errors import MimamoriError
from pipelines.private_files import is_broken_pipe
from pipelines.text.messages import message
from pipelines.text.terminal import JsonFormatter


def code_of(work: Callable[[], object]) -> int:
    """Do `work`; print the message of a failure to standard error; return the exit code.

    What click ends itself, with its own code, and what is a bug, pass as they are.
    """
    try:
        work()
    except MimamoriError as error:
        _tell(str(error))
        return error.exit_code
    except PermissionError as error:
        _tell(message("cli.failures.no_permission", at=error.filename or "?"))
        return 1
    except OSError as error:
        if not is_broken_pipe(error):
            _tell(f"{error.filename or '?'}: {error.strerror or error}")
            return 1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except RuntimeError as error:
        if "interrupted" not in str(error):  # DuckDB's word for Ctrl-C
            raise
        click.echo("Aborted!", err=True)
        return 1
    return 0


def _tell(text: str) -> None:
    """Say it on standard error, in JSON where the log is."""
    if any(isinstance(one.formatter, JsonFormatter) for one in logging.getLogger().handlers):
        logging.getLogger("mimamori").error("%s", text)
    else:
        click.echo(f"mimamori: {text}", err=True)
