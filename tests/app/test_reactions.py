"""The one list of what happens upon what."""

import importlib

from msgspec import Struct

from tests.architecture.source import find_domains, module_of
from veza.app.reactions import REACTIONS


def test_every_event_is_listed_even_where_nobody_reacts():
    announced = {
        kind
        for domain, folder in find_domains().items()
        if (folder / "events.py").exists()
        for kind in vars(importlib.import_module(f"{module_of(domain)}.events")).values()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
    }
    assert announced
    assert set(REACTIONS) == announced
