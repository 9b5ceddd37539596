"""YAML whose mistakes can be shown where they stand: no key twice, and a line for every key."""

from typing import Any

import yaml


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key written twice is a mistake, not the last one winning silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; ConstructorError where a key stands twice or is no plain word."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a plain word", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is given twice", key.start_mark
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
