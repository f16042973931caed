"""Values that were read a moment ago, for callers who may see what was true then.

Nothing is older than its lifetime, which counts from when it began to be read, however long that
took. What this process changes is forgotten at once, by `forget`; what was being read at that
moment is not kept, because it may show the state before the change.
"""

import time
from collections.abc import Hashable

from msgspec import Struct


class ReadStart(Struct, frozen=True):
    """When a value began to be read, and how often everything had been forgotten by then."""

    at: float
    changes: int


class RememberedValues[K: Hashable, V]:
    """Remembers at most `most` values, each for `lifetime_s`."""

    def __init__(self, lifetime_s: float, most: int) -> None:
        self._lifetime_s = lifetime_s
        self._most = most
        self._values: dict[K, tuple[float, V]] = {}
        # How often everything was forgotten.
        self._changes = 0

    def __len__(self) -> int:
        return len(self._values)

    def begin(self) -> ReadStart:
        """Return the moment at which a value begins to be read, for `keep`."""
        return ReadStart(time.monotonic(), self._changes)

    def find(self, key: K) -> V | None:
        """Return the value of a key, unless it is unknown or too old."""
        until, value = self._values.get(key, (0.0, None))
        return value if time.monotonic() < until else None

    def keep(self, key: K, value: V, start: ReadStart) -> None:
        """Remember a value, unless everything was forgotten since it began to be read."""
        if start.changes != self._changes:
            return
        if len(self._values) >= self._most:
            self._values.clear()
        self._values[key] = (start.at + self._lifetime_s, value)

    def forget(self) -> None:
        """Forget everything: something has changed."""
        self._changes += 1
        self._values.clear()
