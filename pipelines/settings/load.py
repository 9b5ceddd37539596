"""The settings file: one YAML document, checked whole before any work starts.

Every mistake is reported as `FILE:LINE: KEY: what is wrong`, all of them at once.
"""

from pathlib import Path

import yaml
from pydantic import ValidationError

from pipelines.errors import SettingsError
from pipelines.settings.errors import between_sections, of_values
from pipelines.settings.model import GeoIp, Settings
from pipelines.text.yaml_places import RefusedKeyError, UniqueKeyLoader


def load(path: Path) -> Settings:
    """Return the settings in `path`, with relative paths resolved against its folder.

    Raises:
        SettingsError: the file is missing, no YAML, or holds mistakes; the message has a line
            `FILE:LINE: KEY: reason` for each.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: 設定ファイルがありません / no such settings file; "
            "name one with --config or MIMAMORI_CONFIG"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: 読めません / cannot be read: {error}") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = UniqueKeyLoader(text).get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        why = error.japanese if isinstance(error, RefusedKeyError) else "文法が違います"
        raise SettingsError(
            f"{path}:{line}: YAML として読めません。{why} / not valid YAML: {error.problem}"
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SettingsError(
            f"{path}:{line}: YAML として読めません / not valid YAML: {error.reason}"
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise SettingsError(f"{path}:1: YAML として読めません / not valid YAML: {error}") from None
    if root is None or not isinstance(data, dict):
        raise SettingsError(
            f"{path}:1: 設定のキーがありません / expected a mapping of settings such as 'sites:'"
        )
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError("\n".join(of_values(path, root, error))) from None
    mistakes = between_sections(path, root, settings)
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return _resolved(settings, path.resolve().parent)


def rules_beside(path: Path) -> Path:
    """Return the folder of Sigma rules that belongs to a settings file, there or not yet."""
    return path.resolve().parent / "rules" / "sigma"


def _rule_folders(settings: Settings, folder: Path) -> tuple[Path, ...]:
    """The folders of the key `rules`, and the one beside the settings file where it exists."""
    named = [folder / rule.expanduser() for rule in settings.rules]
    own = rules_beside(folder / "settings")
    is_named = any(one.resolve() == own.resolve() for one in named)
    return (own, *named) if own.is_dir() and not is_named else tuple(named)


def _resolved(settings: Settings, folder: Path) -> Settings:
    def absolute(path: Path | None) -> Path | None:
        return None if path is None else folder / path.expanduser()

    geoip = settings.geoip
    return settings.model_copy(
        update={
            "geoip": GeoIp(
                city=absolute(geoip.city), asn=absolute(geoip.asn), domain=absolute(geoip.domain)
            ),
            "rules": _rule_folders(settings, folder),
            "context": settings.context.below(folder),
            "lake": settings.lake.below(folder),
            "deliver": settings.deliver and settings.deliver.below(folder),
        }
    )
