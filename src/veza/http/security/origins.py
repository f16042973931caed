"""The origins whose pages may call with credentials."""

from collections.abc import Sequence


class Origins:
    """The allowed origins. `*` allows every origin, but without cookies."""

    def __init__(self, named: Sequence[str]) -> None:
        self.are_any = "*" in named
        self._named = frozenset(origin.lower() for origin in named) - {"*"}
        self.are_some = bool(self._named)

    def has(self, origin: str) -> bool:
        """Return whether an origin itself is listed."""
        return origin.lower() in self._named
