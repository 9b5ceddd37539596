"""YAML whose mistakes can be shown where they stand: no key twice, and a line for every key."""

from typing import Any

import yaml


class RefusedKeyError(yaml.constructor.ConstructorError):
    """A key that YAML allows and settings do not; `japanese` says why, `problem` in English."""

    def __init__(self, japanese: str, english: str, mark: yaml.Mark) -> None:
        """Say why, and where."""
        super().__init__(None, None, english, mark)
        self.japanese = japanese


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key written twice is a mistake, not the last one winning silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; RefusedKeyError where a key stands twice or is no plain word."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise RefusedKeyError(
                    "キーは一つの語にしてください", "a key must be a plain word", key.start_mark
                )
            if key.value in seen:
                raise RefusedKeyError(
                    "同じキーが二度あります", f"key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


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
