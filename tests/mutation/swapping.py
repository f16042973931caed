"""Put a mutant into the running program, and take it out again. No file is changed."""

import ast
import functools
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

from tests.mutation.constants import find_uses
from tests.mutation.mutants import SOURCES, Mutant


class NotApplicable(Exception):
    """A function uses other variables of the function around it, so its code can't be replaced."""


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Run with a mutant: replace the code of its function, wherever it is in use, or a constant.

    Running calls of the function go on with the former code. Raises NotApplicable.
    """
    path = SOURCES / mutant.path
    text = path.read_bytes()
    changed = mutant.change(text)
    _forget_cached()
    codes = _list_codes(compile(changed, str(path), "exec", dont_inherit=True))
    if any(code.co_qualname == mutant.function for code in codes):
        undo = _replace_code(_find_functions(str(path), mutant.function), codes)
    else:
        undo = _replace_constant(mutant, changed)
    try:
        yield
    finally:
        undo()
        _forget_cached()


def _list_codes(code: CodeType) -> list[CodeType]:
    """Return the code of all functions in a module, in their order."""
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return [code, *(found for each in inner for found in _list_codes(each))]


def _find_functions(filename: str, name: str) -> list[FunctionType]:
    """Return a function of a file and the functions around it."""
    # Those that frameworks keep, and closures: the module names only a part of them.
    return [
        found
        for found in gc.get_objects()
        if type(found) is FunctionType
        and found.__code__.co_filename == filename
        and (name + ".").startswith(found.__code__.co_qualname + ".")
    ]


def _replace_code(functions: list[FunctionType], codes: list[CodeType]) -> Callable[[], None]:
    former = [(function, function.__code__) for function in functions]
    for function, code in former:
        # Several functions of a class can have one name: they are told apart by their order.
        lines = sorted({c.co_firstlineno for _, c in former if c.co_qualname == code.co_qualname})
        named = [new for new in codes if new.co_qualname == code.co_qualname]
        replacement = named[lines.index(code.co_firstlineno) if len(named) == len(lines) else 0]
        if replacement.co_freevars != code.co_freevars:
            raise NotApplicable
        function.__code__ = replacement

    def undo() -> None:
        for function, code in former:
            function.__code__ = code

    return undo


def _replace_constant(mutant: Mutant, changed: bytes) -> Callable[[], None]:
    """Replace a constant, and its text in the constants that are made of it, in all modules."""
    names = _names_in(mutant.path)
    former = names[mutant.function]
    [assignment] = [
        node
        for node in ast.parse(changed).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == mutant.function
    ]
    made = eval(ast.unparse(assignment.value), dict(names))
    replaced: list[tuple[dict[str, Any], str, Any]] = []
    for path, name in find_uses(mutant.path, mutant.function).constants:
        names = _names_in(path)
        value = names.get(name)
        replaced.append((names, name, value))
        if value is former:
            names[name] = made
        elif isinstance(former, str) and isinstance(value, str):
            names[name] = value.replace(former, made)

    def undo() -> None:
        for names, name, value in replaced:
            if value is not None:
                names[name] = value

    return undo


def _names_in(path: str) -> dict[str, Any]:
    """Return what a module has; nothing where it is not imported."""
    module = sys.modules.get(path.removesuffix(".py").replace("/", "."))
    return {} if module is None else vars(module)


def _forget_cached() -> None:
    """Forget the results that functions of the program keep."""
    for found in gc.get_objects():
        # `isinstance` would ask weak references, too, whose object may be gone.
        is_cache = type(found) is functools._lru_cache_wrapper
        if is_cache and (found.__module__ or "").startswith("veza."):
            found.cache_clear()
