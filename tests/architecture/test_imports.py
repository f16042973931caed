"""Who may import whom: the contracts of pyproject.toml, and what they can't say."""

import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.architecture.source import DOMAINS, ROOT, ensure_none, list_domains

# What one domain may know of another.
_SHOWN_TO_OTHERS = {"service", "models", "events", "errors"}

# The same names with the same meaning in every domain.
_FILES = {
    "__init__.py",
    "models.py",
    "errors.py",
    "events.py",
    "rules.py",
    "queries.py",
    "proofs.py",
    "holdings.py",
    "service.py",
    "routes.py",
    "staff.py",
    "sockets.py",
    "keyring.py",
    "logins.py",
    "talk.py",
    "hub.py",
    "company.py",
    "courier.py",
    "blocks.py",
    "seats.py",
    "jobs.py",
    "personal.py",
}
_DATA = {".txt", ".typ", ".csv", ".css", ".html"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("veza", cache_dir=None)


def test_all_import_contracts_are_kept():
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


def test_the_contract_for_the_inside_of_domains_names_every_domain():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    containers = [
        container
        for contract in settings["tool"]["importlinter"]["contracts"]
        for container in contract.get("containers", [])
        if container.startswith("veza.domains.")
    ]
    assert sorted(containers) == [f"veza.domains.{name}" for name in list_domains()]


def test_domains_see_of_each_other_only_what_is_shown(graph: grimp.ImportGraph):
    ensure_none(_find_intrusions(graph))


def test_an_intrusion_is_found():
    graph = grimp.ImportGraph()
    for module in ("veza.domains.chat.service", "veza.domains.tracks.queries"):
        graph.add_module(module)
    graph.add_import(importer="veza.domains.chat.service", imported="veza.domains.tracks.queries")
    assert _find_intrusions(graph) == ["veza.domains.chat.service -> veza.domains.tracks.queries"]


def test_the_page_of_domains_draws_who_imports_whom(graph: grimp.ImportGraph):
    page = (ROOT / "docs" / "domains.md").read_text()
    lines = page.partition("graph RL\n")[2].partition("```")[0].splitlines()
    drawn = [tuple(line.split(" --> ")) for line in map(str.strip, lines)]
    assert {name for names in drawn for name in names} == set(list_domains())
    assert {names for names in drawn if len(names) > 1} == _without_shortcuts(_list_pairs(graph))


def test_domains_hold_only_files_with_the_names_that_all_know():
    ensure_none(
        str(path.relative_to(DOMAINS))
        for domain in list_domains()
        for path in (DOMAINS / domain).iterdir()
        if path.name not in _FILES and path.suffix not in _DATA and path.name != "__pycache__"
    )


def _find_intrusions(graph: grimp.ImportGraph) -> list[str]:
    return sorted(
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if _domain(importer) != _domain(imported)
        and _domain(importer)
        and _domain(imported)
        and imported.rpartition(".")[2] not in _SHOWN_TO_OTHERS
    )


def _list_pairs(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    return {
        (one, other)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if (one := _domain(importer)) and (other := _domain(imported)) and one != other
    }


def _without_shortcuts(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out the pairs that others lead to as well."""
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


def _domain(module: str) -> str | None:
    parts = module.split(".")
    return parts[2] if parts[:2] == ["veza", "domains"] and len(parts) > 3 else None
