"""What a failure becomes at the command line: one message and an exit code."""

import os
import sys
from collections.abc import Callable

import click

from pipelines.errors import MimamoriError
from pipelines.private_files import is_broken_pipe


def code_of(work: Callable[[], object]) -> int:
    """Do `work`; print the message of a failure to standard error; return the exit code.

    What click ends itself, with its own code, and what is a bug, pass as they are.
    """
    try:
        work()
    except MimamoriError as error:
        click.echo(f"mimamori: {error}", err=True)
        return error.exit_code
    except OSError as error:
        if not is_broken_pipe(error):
            click.echo(f"mimamori: {error.filename or '?'}: {error.strerror or error}", err=True)
            return 1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except RuntimeError as error:
        if "interrupted" not in str(error):  # DuckDB's word for Ctrl-C
            raise
        click.echo("Aborted!", err=True)
        return 1
    return 0
