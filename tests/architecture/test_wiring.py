"""Each domain is assembled, with all of its parts."""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType

from litestar import Router

from tests.architecture.source import ensure_none, list_domains, module_of, read_sources
from veza.app.domains import DOMAINS
from veza.app.services import Services
from veza.app.worker import list_handlers


def _modules_of(domain: str, *names: str) -> Iterator[ModuleType]:
    """Import the modules of these names of a domain, where there are such, and what is in them."""
    package = importlib.import_module(domain)
    for found in pkgutil.walk_packages(package.__path__, f"{domain}."):
        if found.name.removeprefix(f"{domain}.").split(".")[0] in names:
            yield importlib.import_module(found.name)


def test_every_domain_is_listed_once():
    listed = [f"veza.domains.{name}" for name in DOMAINS]
    assert sorted(listed) == sorted(module_of(domain) for domain in list_domains())


def test_every_router_is_served():
    ensure_none(
        f"{module.__name__}.{name} is not in the wiring"
        for domain, wiring in DOMAINS.items()
        for module in _modules_of(f"veza.domains.{domain}", "routes", "admin_routes")
        for name, value in vars(module).items()
        # A private one is inside of another.
        if isinstance(value, Router) and not name.startswith("_")
        if value not in (*wiring.routers, *wiring.pages)
    )


def test_every_rule_of_the_books_is_verified():
    ensure_none(
        f"{module.__name__} is not in the wiring"
        for domain, wiring in DOMAINS.items()
        for module in _modules_of(f"veza.domains.{domain}", "invariants")
        if wiring.invariants is not module.INVARIANTS
    )


async def test_every_job_has_a_handler(services: Services):
    # The docstring of a job says that it is one.
    jobs = {
        node.name
        for source in read_sources()
        for node in source.nodes
        if isinstance(node, ast.ClassDef) and (ast.get_docstring(node) or "").startswith("Job: ")
    }
    assert jobs == {kind.__name__ for kind in list_handlers(services)}


def test_everything_that_only_some_domains_have_is_found():
    # The tests above would pass if nothing was looked at.
    for part in ("routers", "pages", "invariants"):
        assert sum(bool(getattr(wiring, part)) for wiring in DOMAINS.values()) >= 5, part
    assert "veza.domains.gear.routes" in sys.modules
