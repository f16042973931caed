"""Which functions and classes of the program a function names, directly or through others."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

_OURS = "veza."

type Named = Callable[..., Any]


def list_reached(start: Named, *, not_through: Named | None = None) -> set[Named]:
    """Return the functions and classes of the program that a function reaches.

    A class stands for all its methods, as the methods of its instances can't be told by name. What
    is passed in (a Protocol, a callback), and what events and jobs cause later, is not followed.
    Functions that name `not_through` are not followed either.
    """
    reached: set[Named] = set()
    waiting = [start]
    while waiting:
        for found in _list_named(waiting.pop()):
            if found not in reached:
                reached.add(found)
                waiting += [each for each in _functions_of(found) if not _names(each, not_through)]
    return reached


def name_of(found: Named) -> str:
    """Return the dotted name of a function or a class, without `veza.`."""
    return f"{found.__module__}.{found.__qualname__}".removeprefix(_OURS)


def _names(function: Named, other: Named | None) -> bool:
    return other is not None and other in _list_named(function)


def _functions_of(found: Named) -> list[Named]:
    if inspect.isclass(found):
        return [each for each in vars(found).values() if inspect.isfunction(each)]
    return [found]


@cache
def _list_named(function: Named) -> tuple[Named, ...]:
    return tuple(_find_named(inspect.unwrap(function)))


def _find_named(function: Any) -> Iterator[Named]:
    """Yield the functions and classes of the program that a function names."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError):
        # Generated, such as the methods of Structs.
        return
    for node in ast.walk(tree):
        found = inspect.unwrap(_resolve(node, function.__globals__))
        if (inspect.isfunction(found) or inspect.isclass(found)) and _is_ours(found):
            yield found


def _is_ours(found: Named) -> bool:
    return found.__module__.startswith(_OURS)


def _resolve(node: ast.AST, names: dict[str, Any]) -> Any:
    """Return what a name refers to, or a name in a module or class; None if it is another node."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolve(node.value, names)
        if isinstance(owner, ModuleType) or inspect.isclass(owner):
            return getattr(owner, node.attr, None)
    return None
