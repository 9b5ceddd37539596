"""`mimamori sql`: the lake read-only."""

from pathlib import Path

import click

from pipelines.cli.options import Context, pass_context
from pipelines.cli.printing import print_result


@click.command()
@click.argument("query", required=False)
@click.option("--saved", metavar="NAME", help="保存した問い合わせ / a saved query.")
@click.option(
    "--param",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="その引数（複数可） / a parameter of it; may be repeated.",
)
@click.option("--list-saved", is_flag=True, help="保存した問い合わせの一覧 / list them.")
@click.option(
    "--attach",
    is_flag=True,
    help="ほかの DuckDB からレイクを開く SQL / the SQL that opens the lake in another DuckDB.",
)
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
    context: Context,
    query: str | None,
    saved: str | None,
    given: tuple[str, ...],
    list_saved: bool,
    attach: bool,
    form: str,
    as_json: bool,
    at: int | None,
    out: Path | None,
) -> None:
    """レイクに SQL で尋ねる（読み取りのみ） / ask the lake in SQL, read-only.

    QUERY も --saved もなければ対話を始めます。Without QUERY and --saved, a shell.
    """
    if sum((query is not None, saved is not None, list_saved, attach)) > 1:
        raise click.UsageError(
            "QUERY・--saved・--list-saved・--attach はどれか一つ / give only one of them"
        )
    if given and saved is None:
        raise click.UsageError("--param は --saved とともに / goes with --saved")
    if list_saved:
        _print_saved(as_json)
        return
    if attach:
        from pipelines import lake

        lake.require(context.home)
        click.echo(lake.reader_script(context.home, context.settings.timezone), nl=False)
        return
    import datetime as dt

    from pipelines import query as lake_query
    from pipelines.saved_queries import assignments, saved_query

    settings = context.settings
    today = dt.datetime.now(settings.zone).date()
    values = None
    if saved is not None:
        chosen = saved_query(saved)
        query, values = chosen.sql, chosen.bound(assignments(given), today)
    if query is None:
        lake_query.shell(context.home, settings.timezone, at, today)
    else:
        form = "array" if as_json else form
        lake_query.run_query(context.home, settings.timezone, query, form, at, out, values)


def _print_saved(as_json: bool) -> None:
    from dataclasses import asdict

    from pipelines.saved_queries import saved_queries
    from pipelines.shell.commands import saved_list

    queries = [asdict(query) for query in saved_queries().values()] if as_json else []
    print_result(queries, as_json, "" if as_json else saved_list())
