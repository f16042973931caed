"""No domain keeps objects of which `veza storage verify` knows nothing."""

import importlib
import re

from tests.architecture.source import (
    ensure_none,
    find_domains,
    list_domains,
    module_of,
    read_source,
)
from veza.app.domains import OBJECT_SOURCES
from veza.infra.storage.objects import Storage
from veza.infra.storage.stored_objects import ObjectSource

# Whoever calls one of them keeps objects; so does who hands a key to another domain that does.
_PUTS = [name for name in vars(Storage) if name.startswith("put_")]
_HANDED_ON = ("keep_pdf",)


def _keeps_objects(domain: str) -> bool:
    texts = [read_source(path).text for path in find_domains()[domain].rglob("*.py")]
    names = rf"\.({'|'.join(_PUTS)})\(|\b({'|'.join(_HANDED_ON)})\("
    return any(re.search(names, text) for text in texts)


def _find_holding(domain: str) -> ObjectSource | None:
    if not (find_domains()[domain] / "stored_objects.py").exists():
        return None
    return importlib.import_module(f"{module_of(domain)}.stored_objects").OBJECT_SOURCE


def test_every_domain_that_keeps_objects_says_which():
    keeping = [domain for domain in list_domains() if _keeps_objects(domain)]
    assert len(keeping) > 5
    ensure_none(domain for domain in keeping if _find_holding(domain) not in OBJECT_SOURCES)


def test_nobody_says_so_who_keeps_none():
    held = [domain for domain in list_domains() if _find_holding(domain)]
    assert len(OBJECT_SOURCES) == len(held)
    ensure_none(domain for domain in held if not _keeps_objects(domain))
