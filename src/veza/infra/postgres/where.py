"""Composes the optional filters of a query: only those that were asked for.

`$1 is null or …` would do without, and cost seventeen times as much from the sixth call on, when
PostgreSQL takes a plan for all cases. Fragments are literals of the code; values are always bound.
"""

import re
from typing import Any


class Where:
    """Conditions joined by `and`, each with its values at the `{}`s."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._conditions: list[str] = []

    def bind(self, value: object) -> str:
        """Bind a value, and return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str, *values: object) -> None:
        """Ask for one more condition."""
        self._conditions.append(condition.format(*(self.bind(value) for value in values)))

    @property
    def sql(self) -> str:
        """The clause, `where` included; empty without conditions."""
        return "where " + " and ".join(self._conditions) if self._conditions else ""


def escape_like(text: str) -> str:
    """Have `like` take each character for itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)
