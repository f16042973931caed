"""Finds the SQL in the program's source."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.architecture.source import Source
from veza.core import visibility

_STATEMENT = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
# The conditions that statements share, by name.
_CONDITIONS = {
    name: function
    for name, function in vars(visibility).items()
    if inspect.isfunction(function) and inspect.signature(function).return_annotation is str
}
_LOCK = re.compile(
    r"\bfor (?:no key update|update|share|key share)\b"
    r"(?: of (?P<aliases>\w+(?:, \w+)*))?(?P<skips> skip locked)?"
)
_TABLE = re.compile(
    r"(?:\bfrom|\bjoin|,) (\w+)"
    r"(?: (?:as )?(?!(?:cross|for|group|join|left|limit|on|order|where)\b)(\w+))?"
)
# What stands in a statement for a part that is known only while the program runs.
UNKNOWN = "{}"


@dataclass(frozen=True)
class Statement:
    """A statement as the source has it; composed where some of it depends on the call.

    A part of a single statement reads from other parts.
    """

    place: str
    text: str
    is_part: bool = False

    @property
    def is_composed(self) -> bool:
        return UNKNOWN in self.text

    @property
    def flat(self) -> str:
        """The text in one line, its string literals emptied."""
        return " ".join(re.sub(r"'[^']*'", "''", self.text).split())


def find_statements(source: Source) -> list[Statement]:
    """Find every literal that is a statement, with the constants of its module filled in."""
    constants = _read_constants(source.tree)
    parts = {
        argument
        for node in source.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Part"
        for argument in node.args
    }
    return [
        Statement(f"{source.name}:{node.lineno}", text, is_part=node in parts)
        for node, text in _find_texts(source.tree, constants)
        if _STATEMENT.match(text)
    ]


def find_written_tables(text: str, *kinds: str) -> set[str]:
    """Tell which tables a statement (`Statement.flat`) inserts into, updates or deletes from.

    Or only one or two of these: `insert`, `update` and `delete`.
    """
    # `on conflict do update set` and `for update` name no table.
    patterns = {
        "insert": r"\b(?:insert|merge) into (\w+)",
        "delete": r"\bdelete from (\w+)",
        "update": r"(?<!\bdo )(?<!\bfor )(?<!\bkey )\bupdate (?:only )?(\w+)",
    }
    return {table for kind in kinds or patterns for table in re.findall(patterns[kind], text)}


def find_locked_tables(text: str) -> set[str]:
    """Tell whose rows a statement (`Statement.flat`) locks in a `select` that waits for them."""
    locked: set[str] = set()
    for lock in _LOCK.finditer(text):
        select = _find_level(text[: lock.start()])
        tables = {alias or table: table for table, alias in _TABLE.findall(select)}
        named = lock["aliases"].split(", ") if lock["aliases"] else tables
        if not lock["skips"]:
            locked |= {tables[alias] for alias in named if alias in tables}
    return locked


def _find_level(text: str) -> str:
    """The end of a text, from the parenthesis that is still open, without those that are closed."""
    depth, level = 0, ""
    for character in reversed(text):
        depth += {")": 1, "(": -1}.get(character, 0)
        if depth < 0:
            break
        if depth == 0:
            level = character + level
    return level


def _find_texts(node: ast.AST, constants: dict[str, str]) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.Constant | ast.JoinedStr):
        text = _resolve(node, constants)
        if text is not None:
            yield node, text
        return
    for child in _children_but_docstring(node):
        yield from _find_texts(child, constants)


def _children_but_docstring(node: ast.AST) -> list[ast.AST]:
    children = list(ast.iter_child_nodes(node))
    is_documented = isinstance(
        node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    ) and ast.get_docstring(node, clean=False)
    return [c for c in children if c is not node.body[0]] if is_documented else children


def _read_constants(tree: ast.Module) -> dict[str, str]:
    constants: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = _resolve(node.value, constants)
            if value is not None:
                constants[node.targets[0].id] = value
    return constants


def _resolve(node: ast.expr, constants: dict[str, str]) -> str | None:
    match node:
        case ast.Constant(value=str() | int() as value):
            return str(value)
        case ast.Name(id=name):
            return constants.get(name)
        case ast.FormattedValue(value=value):
            return _resolve(value, constants) or UNKNOWN
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _CONDITIONS:
            values = [_resolve(argument, constants) for argument in arguments]
            return None if None in values else _CONDITIONS[name](*values)
        case ast.JoinedStr(values=parts):
            return "".join(_resolve(part, constants) or "" for part in parts)
    return None
