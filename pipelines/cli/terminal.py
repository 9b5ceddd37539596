"""Where results are printed: the terminal's width, and whether colour is wanted."""

import os
import shutil
import sys

import click

from pipelines.report.text_layout import TextLayout
from pipelines.text.messages import message

color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help=message("cli.terminal.help.color"),
)


def output_layout(color: str = "auto") -> TextLayout:
    """Return what standard output is: a terminal of so many columns, or a pipe."""
    is_terminal = sys.stdout.isatty()
    wanted = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return TextLayout(
        width=shutil.get_terminal_size().columns if is_terminal else None,
        has_colour=color == "always" or (color == "auto" and wanted),
    )
