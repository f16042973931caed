"""Garbage collection while a process starts, when nearly nothing of what is made is ever freed."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def without_collections() -> Generator[None]:
    """Look for no garbage meanwhile: to look at all modules again and again takes 0.4 s."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
