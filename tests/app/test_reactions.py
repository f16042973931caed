"""The one list of what happens upon what."""

import importlib
from pathlib import Path

from msgspec import Struct

import veza.domains
from veza.app.reactions import REACTIONS

_DOMAINS = Path(next(iter(veza.domains.__path__)))


def test_every_event_is_listed_even_where_nobody_reacts():
    announced = {
        kind
        for file in _DOMAINS.glob("*/events.py")
        for kind in vars(
            importlib.import_module(f"veza.domains.{file.parent.name}.events")
        ).values()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
    }
    assert announced
    assert set(REACTIONS) == announced
