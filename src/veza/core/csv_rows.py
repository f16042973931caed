"""Rows of CSV (RFC 4180) that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

MEDIA_TYPE = "text/csv"

# A spreadsheet takes a cell that starts with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

type Cell = str | int | None


def write_rows(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV in UTF-8, with an apostrophe before what would be a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([[_escape(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _escape(cell: Cell) -> Cell:
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA)
    return f"'{cell}" if is_formula else cell
