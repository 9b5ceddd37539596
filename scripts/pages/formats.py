"""The page of log formats, `docs/formats.md`, written from the catalogue.

`make docs` writes it; a test compares it with the file.
"""

from pipelines.formats.catalogue import Entry, catalogue
from pipelines.formats.mapping import ALIASES, FIELDS
from pipelines.formats.names import format_of
from pipelines.formats.prefix import PREFIXES
from pipelines.paths import PROJECT_ROOT

FILE = PROJECT_ROOT / "docs" / "formats.md"
_HEAD = """# ログの形式 / Log formats

この表は `pipelines/formats/catalogue.yaml` から作られています。
This page is written from `pipelines/formats/catalogue.yaml` by `make docs`.

`format:`（設定）と `--format` には、名前のほか Apache の `LogFormat`、nginx の `log_format`、
Tomcat の `pattern="…"`、Envoy の文字列をそのまま書けます（設定ファイルから貼り付けた行も可）。
`format:` in settings and `--format` take a name of this table, an Apache `LogFormat`, an nginx
`log_format` (with `escape=json` too), a Tomcat `pattern="…"` or an Envoy string, as pasted.

| 名前 / name | 内容 / what | 時刻の地域 / zone of times | `auto` | 文書 / documentation |
| --- | --- | --- | --- | --- |
"""
_FOOT = """
- `auto` はファイルごとに標本の行から決めます。二つの形式が同じだけ当てはまり、異なる記録になる
  ときは決めません（`format` を設定してください）。
  `auto` decides per file from sampled lines; where two formats fit alike and give different
  records it takes none, and `format` must be set.
- common・combined の仲間では、前のホスト名、並んだ接続元（`203.0.113.9, 192.0.2.1` は右端）、
  後ろの列（数、引用符つきの一覧）があっても記録になります。単位の分からない数は読みません（`ncsa`）。
  Lines of the common and combined family are records also with a host in front, with several
  addresses in the place of the client (the right-most counts) and with further columns behind
  (numbers, quoted lists); a number of unknown unit is carried past (`ncsa`).
- ステータス 0・-1・`-`・000、値のない項目、UTF-8 でないバイト（Shift_JIS、EUC-JP、Big5、GBK）で行が
  捨てられることはありません。
  No line is rejected for a status of 0, -1, `-` or 000, for fields without a value, or for bytes
  that are no UTF-8 (Shift_JIS, EUC-JP, Big5, GBK).
- 行の前に付くもの / prefixes that are recognised and removed: {prefixes}.
  分割された行（Docker、Kubernetes）はつなぎます。 Lines cut in parts by them are joined.
- 利用者の名がほかの欄（ヘッダー、クッキー、JSON のキーなど）にあるときは、
  `user_from` に書きます（[サイト](sites.md)）。
  Where another field (a header, a cookie, a JSON key) names the user, say so in `user_from`
  ([sites](sites.md)).
- `#Fields` のあるログは、途中で変わってもそれに従います。
  `#Fields` directives are obeyed, also when they change within a file.
- Tomcat の `%D` は 9 までミリ秒、10 からマイクロ秒です。
  10 からは Apache の書き方（`pattern=` なし）で書きます。
  Tomcat's `%D` is milliseconds up to 9 and microseconds from 10 on: from 10 on give the
  pattern as an Apache string, without `pattern=`.

## JSON のキー / Keys of JSON logs

```yaml
format:
  json: {{time: ts, client_ip: request.remote_ip, method: request.method, url: request.uri,
         status: status, duration_s: duration, user_agent: "request.headers.User-Agent[]"}}
  time_form: epoch_s   # 任意 / optional: clf, iso, epoch_s, epoch_ms, epoch_us, strftime:…
  timezone: UTC        # 任意 / optional, for times without an offset
```

キーは点でつなぎ、値がリストなら `[]` を付けます。キーのリストは、最初に見つかったものを使います。
Keys are joined by dots, `[]` marks a list; of a list of keys the first in a line counts.

項目 / fields: {fields}.

別名 / aliases: {aliases}.
"""


def document() -> str:
    """Return the text of the page (Markdown)."""
    rows = "".join(_row(entry) for entry in catalogue().values())
    foot = _FOOT.format(
        prefixes=", ".join(f"`{prefix}`" for prefix in PREFIXES),
        fields=", ".join(f"`{name}`" for name in FIELDS),
        aliases=", ".join(f"`{alias}` = `{name}`" for alias, name in ALIASES.items()),
    )
    return _HEAD + rows + foot


def _row(entry: Entry) -> str:
    zone = format_of(entry.name).timezone
    if zone is None:
        zone = "行の時差、なければサイト / the line's, else the site's"
    guessed = "○ yes" if entry.is_guessed or entry.w3c else "× no"
    title = f"{entry.title['ja']} / {entry.title['en']}"
    return f"| `{entry.name}` | {title} | {zone} | {guessed} | <{entry.source}> |\n"
