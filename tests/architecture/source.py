"""The program's source, read once: what the tests of its architecture look at."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "veza"
DOMAINS = SRC / "domains"


@dataclass(frozen=True)
class Source:
    """One file: its path from where it is imported, its text and its syntax tree."""

    name: str
    text: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, found once for all tests that look at them."""
        return tuple(ast.walk(self.tree))


@cache
def read_sources() -> tuple[Source, ...]:
    """Read every Python file of the program."""
    return tuple(read_source(path) for path in sorted(SRC.rglob("*.py")))


@cache
def read_test_sources() -> tuple[Source, ...]:
    """Read every Python file of the tests."""
    return tuple(read_source(path, ROOT) for path in sorted((ROOT / "tests").rglob("*.py")))


def read_source(path: Path, root: Path = ROOT / "src") -> Source:
    text = path.read_text()
    return Source(str(path.relative_to(root)), text, ast.parse(text))


# A module of a domain that has grown is a package of the same name, split by topic.
SPLIT_MODULES = {
    *("models", "rules", "queries", "service", "routes", "admin_routes", "jobs"),
    # Of `platform/uploads`.
    "resumable",
}


@cache
def find_domains() -> dict[str, Path]:
    """Return the folder of each domain by its name. A group is a folder of domains, and no more."""
    packages = [
        path.parent
        for path in sorted(DOMAINS.rglob("__init__.py"))
        if path.parent.name not in SPLIT_MODULES
    ]
    groups = {package.parent for package in packages}
    found = [package for package in packages if package not in groups]
    assert len({folder.name for folder in found}) == len(found), "two domains have the same name"
    return {folder.name: folder for folder in found}


def list_domains() -> list[str]:
    return sorted(find_domains())


def module_of(domain: str) -> str:
    """Return the dotted name of a domain's package."""
    return ".".join(find_domains()[domain].relative_to(SRC.parent).parts)


@cache
def domain_of(module: str) -> str | None:
    """Return the domain that a module belongs to, if any."""
    for domain in find_domains():
        if module.startswith(f"{module_of(domain)}."):
            return domain
    return None


def group_of(domain: str) -> str:
    """Return the group that a domain belongs to; one that stands alone is its own group."""
    return find_domains()[domain].relative_to(DOMAINS).parts[0]


def owned_tables(domain: str) -> set[str]:
    """Read from a domain's docstring which tables it owns: "Owns the tables `a` and `b`."."""
    source = read_source(find_domains()[domain] / "__init__.py")
    words = " ".join((ast.get_docstring(source.tree) or "").split())
    _, _, rest = words.partition("Owns the table")
    sentence = rest.partition(".")[0]
    return {name for name in sentence.split("`")[1::2] if name.isidentifier()}


def ensure_none(found: Iterable[str]) -> None:
    """Fail with every place that was found, one a line."""
    __tracebackhide__ = True
    lines = list(found)
    assert not lines, "\n".join(["", *lines])
