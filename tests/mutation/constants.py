"""Finds the uses of a constant: in functions, and in other constants that are made of it."""

import ast
from collections.abc import Iterator

from msgspec import Struct

from tests.mutation.mutants import SOURCES


class Uses(Struct, frozen=True):
    """Functions that use a constant, and names that have its text, each with its module's path."""

    functions: set[tuple[str, str]]
    constants: set[tuple[str, str]]


def find_uses(path: str, constant: str) -> Uses:
    """Return where a constant of a module is used, directly or in other constants.

    Modules that import it have it under its own name. A name that begins with an underscore is
    used in its module alone.
    """
    uses = Uses(set(), set())
    waiting = [(path, constant)]
    while waiting:
        place, name = waiting.pop()
        for file in [place] if name.startswith("_") else _list_files(name):
            if (file, name) in uses.constants:
                continue
            users = list(_find_users(file, name))
            if users or file == place:
                uses.constants.add((file, name))
            for user, is_function in users:
                if is_function:
                    uses.functions.add((file, user))
                else:
                    waiting.append((file, user))
    return uses


def _list_files(name: str) -> list[str]:
    found = [path for path in SOURCES.rglob("*.py") if name.encode() in path.read_bytes()]
    return [str(path.relative_to(SOURCES)) for path in found]


def _find_users(path: str, name: str) -> Iterator[tuple[str, bool]]:
    """Yield the functions and the other constants of a module that use a name."""
    for node in ast.parse((SOURCES / path).read_bytes()).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for each in inner:
            if name not in {used.id for used in ast.walk(each) if isinstance(used, ast.Name)}:
                continue
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                yield prefix + each.name, True
            elif isinstance(each, ast.Assign) and not prefix:
                target = ast.unparse(each.targets[0])
                if target != name:
                    yield target, False
