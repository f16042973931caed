"""The program's source, read once: what the tests of its architecture look at."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "veza"
DOMAINS = SRC / "domains"


@dataclass(frozen=True)
class Source:
    """One file: its path from `src`, its text and its syntax tree."""

    name: str
    text: str
    tree: ast.Module


@cache
def read_sources() -> tuple[Source, ...]:
    """Read every Python file of the program."""
    return tuple(read_source(path) for path in sorted(SRC.rglob("*.py")))


def read_source(path: Path) -> Source:
    text = path.read_text()
    return Source(str(path.relative_to(ROOT / "src")), text, ast.parse(text))


def list_domains() -> list[str]:
    return sorted(path.parent.name for path in DOMAINS.glob("*/__init__.py"))


def owned_tables(domain: str) -> set[str]:
    """Read from a domain's docstring which tables it owns: "Owns the tables `a` and `b`."."""
    source = read_source(DOMAINS / domain / "__init__.py")
    words = " ".join((ast.get_docstring(source.tree) or "").split())
    _, _, rest = words.partition("Owns the table")
    sentence = rest.partition(".")[0]
    return {name for name in sentence.split("`")[1::2] if name.isidentifier()}


def ensure_none(found: Iterable[str]) -> None:
    """Fail with every place that was found, one a line."""
    __tracebackhide__ = True
    lines = list(found)
    assert not lines, "\n".join(["", *lines])
