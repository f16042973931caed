"""Draws which groups of domains import which, for `docs/domains.md`."""

import re
from graphlib import TopologicalSorter

import grimp

from tests.architecture.source import domain_of, find_domains, group_of

_BLOCK = re.compile(r"```mermaid\ngraph RL\n.*?```", re.DOTALL)


def build_graph() -> grimp.ImportGraph:
    return grimp.build_graph("veza", cache_dir=None)


def draw_groups(graph: grimp.ImportGraph) -> str:
    """Return a Mermaid graph of the groups. Arrows that others imply are left out."""
    pairs = _without_shortcuts(_list_pairs(graph))
    groups = {group_of(domain) for domain in find_domains()}
    alone = groups - {group for pair in pairs for group in pair}
    lines = [f"  {importer} --> {imported}" for importer, imported in sorted(pairs)]
    return "\n".join(["graph RL", *lines, *(f"  {group}" for group in sorted(alone))])


def with_diagram(page: str, diagram: str) -> str:
    """Return a page with its diagram of groups replaced."""
    return _BLOCK.sub(f"```mermaid\n{diagram}\n```", page, count=1)


def _list_pairs(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    return {
        (group_of(one), group_of(other))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if (one := domain_of(importer))
        and (other := domain_of(imported))
        and group_of(one) != group_of(other)
    }


def _without_shortcuts(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out the pairs that a longer path implies."""
    order = TopologicalSorter({one: {to for by, to in pairs if by == one} for one, _ in pairs})
    reached: dict[str, set[str]] = {}
    for name in order.static_order():
        direct = {to for by, to in pairs if by == name}
        reached[name] = direct.union(*(reached[to] for to in direct))
    return {
        (one, other)
        for one, other in pairs
        if not any(other in reached[between] for by, between in pairs if by == one)
    }
