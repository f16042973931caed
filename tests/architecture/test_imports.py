"""Who may import whom: the contracts of pyproject.toml, and what they can't say."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.architecture.domain_layers import DomainLayersContract
from tests.architecture.domain_page import build_graph, complete
from tests.architecture.source import (
    ROOT,
    SPLIT_MODULES,
    domain_of,
    ensure_none,
    find_domains,
    list_domains,
    module_of,
)

# What one domain may know of another: of its SQL only what it shows on purpose.
_SHOWN_TO_OTHERS = {
    "service",
    "resumable",
    "shared_queries",
    "covers",
    "rules",
    "models",
    "events",
    "errors",
}

# The same names with the same meaning in every domain.
_FILES = {
    "__init__.py",
    "models.py",
    "errors.py",
    "events.py",
    "rules.py",
    "formats.py",
    "queries.py",
    "shared_queries.py",
    "invariants.py",
    "stored_objects.py",
    "service.py",
    "shared_metrics.py",
    "routes.py",
    "public_files.py",
    "encoded_lists.py",
    "admin_routes.py",
    "sockets.py",
    "stream_keys.py",
    "viewers.py",
    "identity_logins.py",
    "logins.py",
    "file_uploads.py",
    "covers.py",
    "failed_tracks.py",
    "held_mails.py",
    "frame_handlers.py",
    "hub.py",
    "presence.py",
    "presence_feed.py",
    "notification_push.py",
    "block_tracker.py",
    "listening_feed.py",
    "connections.py",
    "jobs.py",
    "mails",
    "personal_data.py",
    "upload_purposes.py",
    "wiring.py",
}
_DATA = {".txt", ".typ", ".csv", ".css", ".html"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return build_graph()


def test_all_import_contracts_are_kept():
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


def test_the_contract_for_the_inside_of_domains_covers_each_of_them():
    contract = DomainLayersContract("", {"root_packages": ["veza"]}, {"layers": ["service"]})
    covered = {each.expression for each in contract.containers}
    assert covered == {module_of(domain) for domain in list_domains()}
    assert {"veza.domains.gear", "veza.domains.music.tracks"} <= covered


def test_domains_see_of_each_other_only_what_is_shown(graph: grimp.ImportGraph):
    ensure_none(_find_intrusions(graph))


def test_an_intrusion_is_found():
    importer, imported = "veza.domains.realtime.service", "veza.domains.music.tracks.queries"
    graph = grimp.ImportGraph()
    graph.add_module(importer)
    graph.add_module(imported)
    graph.add_import(importer=importer, imported=imported)
    assert _find_intrusions(graph) == [f"{importer} -> {imported}"]


def test_the_page_of_domains_draws_who_imports_whom(graph: grimp.ImportGraph):
    page = (ROOT / "docs" / "domains.md").read_text()
    assert page == complete(page, graph), "run `make docs`"


def test_domains_hold_only_files_with_the_names_that_all_know():
    ensure_none(
        str(path.relative_to(ROOT))
        for domain in list_domains()
        for path in find_domains()[domain].iterdir()
        if path.name not in _FILES
        and path.name not in SPLIT_MODULES
        and path.suffix not in _DATA
        and path.name != "__pycache__"
    )


def _find_intrusions(graph: grimp.ImportGraph) -> list[str]:
    return sorted(
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if domain_of(importer) != domain_of(imported)
        and domain_of(importer)
        and domain_of(imported)
        and not _is_shown(imported)
    )


def _is_shown(module: str) -> bool:
    domain = domain_of(module)
    assert domain is not None
    layer = module.removeprefix(f"{module_of(domain)}.").partition(".")[0]
    return layer in _SHOWN_TO_OTHERS
