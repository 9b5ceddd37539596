"""YAML: the project's own files read fast, files of people with each mistake at its line."""

from typing import Any

import yaml

from pipelines.text.messages import Message, message

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """Return what a YAML text says, as `yaml.safe_load` does, about ten times as fast.

    Raises:
        yaml.YAMLError: it is no YAML, or asks for anything but plain values.
    """
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are the safe ones


class RefusedKeyError(yaml.constructor.ConstructorError):
    """A key that YAML allows and settings do not; `problem` says why."""

    def __init__(self, problem: Message, mark: yaml.Mark) -> None:
        """Say why, and where."""
        super().__init__(None, None, problem, mark)


class UniqueKeyLoader(_LOADER):  # type: ignore[misc] # one of two, both the safe ones
    """YAML in which a key written twice is a mistake, not the last one winning silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; RefusedKeyError where a key stands twice or is no plain word."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise RefusedKeyError(message("text.yaml_places.not_a_word"), key.start_mark)
            if key.value in seen:
                raise RefusedKeyError(
                    message("text.yaml_places.key_twice", name=key.value), key.start_mark
                )
            seen.add(key.value)
        constructed: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return constructed


def locate(root: yaml.Node, loc: tuple[str | int, ...]) -> tuple[int, str]:
    """Return the line (from 1) and the dotted key of a place, as near as it exists."""
    node, line = root, root.start_mark.line + 1
    key = ""
    for step in loc:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else step
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if pair is None:
                continue
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and step in range(len(node.value)):
            node = node.value[int(step)]
            line = node.start_mark.line + 1
    return line, key or "(document)"


def is_written(root: yaml.Node, keys: tuple[str, ...]) -> bool:
    """Return whether a document says something at a path of keys."""
    node = root
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next((value for name, value in pairs if name.value == key), None)
        if found is None:
            return False
        node = found
    return True
