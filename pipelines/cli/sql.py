"""`mimamori sql`: the lake read-only."""

from pathlib import Path

import click

from pipelines.cli.options import Context, pass_context


@click.command()
@click.argument("query", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="JSON の配列で / as one JSON array.")
@click.option("--at", type=int, metavar="SNAPSHOT", help="過去の時点 / an earlier snapshot.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="ファイルへ / to a file.")
@pass_context
def sql(
    context: Context, query: str | None, form: str, as_json: bool, at: int | None, out: Path | None
) -> None:
    """レイクに SQL で尋ねる（読み取りのみ） / ask the lake in SQL, read-only."""
    from pipelines import query as lake_query

    settings = context.settings
    if query is None:
        lake_query.shell(context.home, settings.timezone, at)
    else:
        lake_query.run_query(
            context.home, settings.timezone, query, "array" if as_json else form, at, out
        )
