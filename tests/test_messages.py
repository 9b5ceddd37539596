"""What our errors say: Japanese first, English beside it."""

import ast
import re
from collections.abc import Iterator

from pipelines.paths import PROJECT_ROOT

_BOTH_LANGUAGES = re.compile(r"[\u3041-\u9fff].* / \S", re.DOTALL)
_OPTION = re.compile(r"--[a-z-]+")


def _trees() -> dict[str, ast.Module]:
    """The modules by name."""
    root = PROJECT_ROOT / "pipelines"
    return {
        path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in root.rglob("*.py")
    }


def _errors(trees: dict[str, ast.Module]) -> set[str]:
    """Names of the errors whose first argument is what a person reads.

    Ours, click's, and ValueError, by which a value in a file or of an option is refused; but for
    those that take the Japanese and the English apart.
    """
    classes = [
        node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    found = {"MimamoriError", "BadParameter", "ValueError"}
    before = 0
    while len(found) > before:
        before = len(found)
        found |= {one.name for one in classes if found & {ast.unparse(base) for base in one.bases}}
    return found - {
        one.name
        for one in classes
        if any(isinstance(node, ast.arg) and node.arg == "ja" for node in ast.walk(one))
    }


def _messages(tree: ast.Module, names: set[str]) -> Iterator[tuple[int, str]]:
    """Line and text of what each call of these classes is given, `{}` for what is filled in."""
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
            given = node.args[0]
            if isinstance(given, ast.Name):
                given = constants.get(given.id, given)
            for one in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                yield node.lineno, _literal(one)


def _literal(node: ast.AST) -> str:
    """The words that stand in an expression; what a call or a variable gives has its own place."""
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(map(_literal, node.values))
        case ast.BinOp(op=ast.Add()):
            return _literal(node.left) + _literal(node.right)
    return "{}"


def _has_words(text: str) -> bool:
    """False for a message that only puts a place, such as an option, before another's words."""
    return any(sign.isalpha() for sign in _OPTION.sub("", text))


def test_every_error_is_told_in_japanese_and_english() -> None:
    """Whoever reads the terminal at night reads Japanese first; scripts look for the English."""
    trees = _trees()
    names = _errors(trees)
    assert {"ValueError", "UsageError", "ChannelError"} <= names
    told = [
        (f"{module}:{line}", text)
        for module, tree in trees.items()
        for line, text in _messages(tree, names)
        if _has_words(text)
    ]
    assert len(told) > 200
    assert [one for one in told if not _BOTH_LANGUAGES.search(one[1])] == []
