"""Composes the optional filters of a query.

`$1 is null or …` is seventeen times as slow from the sixth call on, when PostgreSQL uses a generic
plan. Conditions are literals in the code; values are always bound.
"""

import re
from typing import Any


class Where:
    """A `where` clause of conditions joined by `and`; `{}` stands for a value."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._conditions: list[str] = []

    def bind(self, value: object) -> str:
        """Bind a value; return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str, *values: object) -> None:
        """Add a condition."""
        self._conditions.append(condition.format(*(self.bind(value) for value in values)))

    @property
    def sql(self) -> str:
        """The clause including `where`; empty without conditions."""
        return "where " + " and ".join(self._conditions) if self._conditions else ""


def escape_like(text: str) -> str:
    """Escape the wildcards of `like`."""
    return re.sub(r"([\\%_])", r"\\\1", text)
