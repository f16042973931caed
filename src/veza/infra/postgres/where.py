"""Composes the optional filters of a query.

`$1 is null or …` is seventeen times as slow from the sixth call on, when PostgreSQL uses a generic
plan. Conditions are literals in the code; values are always bound.
"""

import re
from typing import Any

from veza.core.pages import Cursor


class Where:
    """A `where` clause of conditions joined by `and`; `{}` stands for a value."""

    def __init__(self, condition: str = "", *values: object) -> None:
        self.values: list[Any] = []
        self._conditions: list[str] = []
        if condition:
            self.add(condition, *values)

    def bind(self, value: object) -> str:
        """Bind a value; return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    def bind_optional(self, value: object) -> str | None:
        """Bind a value unless it is None; return its placeholder."""
        return None if value is None else self.bind(value)

    def add(self, condition: str, *values: object) -> None:
        """Add a condition."""
        self._conditions.append(condition.format(*(self.bind(value) for value in values)))

    def add_filter(self, condition: str, value: object) -> None:
        """Add a condition unless its value is None."""
        if value is not None:
            self.add(condition, value)

    def add_cursor(self, columns: str, cursor: Cursor | None) -> None:
        """Add the condition that a row comes after a cursor, if any, in descending order.

        `columns` are those of the time and of the id by which the list is sorted.
        """
        if cursor is not None:
            self.add(f"({columns}) < ({{}}, {{}})", cursor.created_at, cursor.id)

    @property
    def sql(self) -> str:
        """The clause including `where`; empty without conditions."""
        return "where " + " and ".join(self._conditions) if self._conditions else ""


def escape_like(text: str) -> str:
    """Escape the wildcards of `like`."""
    return re.sub(r"([\\%_])", r"\\\1", text)
