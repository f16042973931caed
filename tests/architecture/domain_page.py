"""What `docs/domains.md` has from the code: the diagram of groups, and the table of domains."""

import re
from collections import defaultdict
from graphlib import TopologicalSorter

import grimp

from tests.architecture.source import domain_of, find_domains, group_of, owned_tables
from veza.app.reactions import REACTIONS

_DIAGRAM = re.compile(r"```mermaid\ngraph RL\n.*?```", re.DOTALL)
_TABLE = re.compile(r"(?<=<!-- table: begin -->\n).*?(?=<!-- table: end -->)", re.DOTALL)


def build_graph() -> grimp.ImportGraph:
    return grimp.build_graph("veza", cache_dir=None)


def draw_groups(graph: grimp.ImportGraph) -> str:
    """Return a Mermaid graph of the groups. Arrows that others imply are left out."""
    pairs = _without_shortcuts(_list_pairs(graph))
    groups = {group_of(domain) for domain in find_domains()}
    alone = groups - {group for pair in pairs for group in pair}
    lines = [f"  {importer} --> {imported}" for importer, imported in sorted(pairs)]
    return "\n".join(["graph RL", *lines, *(f"  {group}" for group in sorted(alone))])


def list_domains_as_table() -> str:
    """Return a table of each domain's tables, events, and the events that it reacts to."""
    emitted: dict[str | None, list[str]] = defaultdict(list)
    heard: dict[str | None, list[str]] = defaultdict(list)
    for event, reactions in REACTIONS.items():
        emitted[domain_of(event.__module__)].append(event.__name__)
        for domain in {domain_of(reaction.__module__) for reaction in reactions}:
            heard[domain].append(event.__name__)
    rows = ["| domain | owns the tables | emits | reacts to |", "| --- | --- | --- | --- |"]
    for domain, folder in sorted(find_domains().items(), key=lambda found: str(found[1])):
        name = "/".join(dict.fromkeys((group_of(domain), folder.name)))
        cells = [sorted(owned_tables(domain)), emitted[domain], heard[domain]]
        texts = [", ".join(f"`{word}`" for word in cell) for cell in cells]
        rows.append(f"| {name} | {' | '.join(texts)} |")
    return "\n".join([*rows, ""])


def complete(page: str, graph: grimp.ImportGraph) -> str:
    """Return a page with its diagram and its table replaced by what the code says."""
    page = _DIAGRAM.sub(f"```mermaid\n{draw_groups(graph)}\n```", page, count=1)
    table = list_domains_as_table()
    return _TABLE.sub(lambda _: table, page, count=1)


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
