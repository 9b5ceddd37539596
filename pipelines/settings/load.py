"""The settings file: one YAML document, checked whole before any work starts.

Every error is reported as `FILE:LINE: KEY: what is wrong`, all of them at once.
"""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError

from pipelines.errors import SettingsError
from pipelines.settings.model import GeoIp, Settings
from pipelines.settings.validation_errors import between_sections, of_values
from pipelines.text.messages import message
from pipelines.text.yaml_text import RefusedKeyError, UniqueKeyLoader


def load(path: Path) -> Settings:
    """Return the settings in `path`, with relative paths resolved against its folder.

    Raises:
        SettingsError: the file is missing, no YAML, or holds errors; the message has a line
            `FILE:LINE: KEY: reason` for each.
    """
    root, data = _document(path)
    if root is None or not isinstance(data, dict):
        raise SettingsError(message("settings.load.no_mapping", at=f"{path}:1"))
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError("\n".join(of_values(path, root, error))) from None
    folder = path.resolve().parent
    errors = between_sections(path, root, settings, _rule_folders(settings, folder))
    if errors:
        raise SettingsError("\n".join(errors))
    return _resolved(settings, folder)


def _document(path: Path) -> tuple[yaml.Node | None, object]:
    """Return the nodes of a YAML file, which know their lines, and what it holds."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(message("settings.load.no_such_file", at=path)) from None
    except UnicodeDecodeError:
        raise SettingsError(message("settings.load.not_utf8", at=path)) from None
    except OSError as error:
        raise SettingsError(
            message("settings.load.cannot_be_read", at=path, reason=error.strerror)
        ) from None
    try:
        loader = UniqueKeyLoader(text)
        root = loader.get_single_node()
        data = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem
        if _is_indented_by_tab(text, line):
            problem = message("settings.load.tab")
        elif not isinstance(error, RefusedKeyError):
            problem = message("settings.load.wrong_syntax", problem=problem)
        raise SettingsError(
            message("settings.load.wrong_yaml", at=f"{path}:{line}", problem=problem)
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SettingsError(
            message("settings.load.not_valid_yaml", at=f"{path}:{line}", reason=error.reason)
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise SettingsError(
            message("settings.load.not_valid_yaml", at=f"{path}:1", reason=error)
        ) from None
    return root, data


def _is_indented_by_tab(text: str, line: int) -> bool:
    written = text.split("\n")[line - 1]
    return "\t" in written[: len(written) - len(written.lstrip())]


def rules_beside(path: Path) -> Path:
    """Return the folder of Sigma rules that belongs to a settings file, there or not yet."""
    return path.resolve().parent / "rules" / "sigma"


def _rule_folders(settings: Settings, folder: Path) -> tuple[Path, ...]:
    return _with_own(folder, settings.rules, rules_beside(folder / "settings"))


def _with_own(folder: Path, paths: Sequence[Path], own: Path) -> tuple[Path, ...]:
    """The folders that a key names, and the one beside the settings file where it exists."""
    named = [folder / path.expanduser() for path in paths]
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
            "expectations": _with_own(folder, settings.expectations, folder / "expectations"),
            "context": settings.context.below(folder),
            "landing": settings.landing.below(folder),
            "lake": settings.lake.below(folder),
            "deliver": settings.deliver and settings.deliver.below(folder),
            "sites": tuple(
                site.model_copy(
                    update={
                        "source": site.source and site.source.below(folder),
                        "roster": absolute(site.roster),
                    }
                )
                for site in settings.sites
            ),
        }
    )
