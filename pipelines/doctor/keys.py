"""The key material of the lake: all there, and not beside the data that it opens."""

from pipelines.doctor.outcome import Outcome, warning, well, wrong
from pipelines.lake.keys import on_one_file_system
from pipelines.paths import Home


def check_keys(home: Home) -> Outcome:
    """Return whether the keys of a lake are complete and lie on a volume of their own."""
    if not home.pseudonym_key.exists():
        return wrong(
            "keys",
            f"{home.pseudonym_key}: ありません / is missing",
            "鍵のフォルダを控えから戻してください（docs/keys.md） / "
            "restore the folder of the keys from its backup (docs/keys.md)",
        )
    if on_one_file_system(home):
        return warning(
            "keys",
            f"{home.keys}: データと同じファイルシステム / on the file system of the data",
            "別のボリュームのフォルダを設定の lake.keys に書くと、次の実行が移します / "
            "name a folder on another volume as lake.keys in the settings, and the next run moves "
            "them there (docs/keys.md)",
        )
    return well("keys", f"{home.keys}: データとは別の場所 / apart from the data")
