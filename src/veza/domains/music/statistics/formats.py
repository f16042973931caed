"""Reports as CSV (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence

from veza.core.money_mode import MoneyMode
from veza.domains.music.statistics.models import (
    ItemFigures,
    Money,
    ProductFigures,
    ReferrerPlays,
    Sales,
    StatisticsReport,
)

MEDIA_TYPE = "text/csv"

# A spreadsheet takes a cell that starts with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

type _Cell = str | int | None


def write_report(report: StatisticsReport) -> bytes:
    """Return a report with a row for each period, and columns for each currency that it has."""
    money = [Money(sales.currency, sales.mode) for sales in report.total.sales]
    rows = [
        [
            period.period.isoformat(),
            period.plays,
            period.listeners,
            period.likes,
            *_cells_of_sales(period.sales, money),
        ]
        for period in report.periods
    ]
    columns = ["period", "plays", "listeners", "likes", *_columns_of_sales(money)]
    return _write([columns, *rows])


def write_referrers(referrers: Iterable[ReferrerPlays]) -> bytes:
    """Return referrers, one in a row."""
    rows = [[each.client, each.host, each.plays] for each in referrers]
    return _write([["client", "host", "plays"], *rows])


def write_columns(names: Sequence[str], money: Sequence[Money]) -> bytes:
    """Return the row with the names of the columns of a list."""
    return _write([[*names, *_columns_of_sales(money)]])


def write_items(items: Iterable[ItemFigures], money: Sequence[Money]) -> bytes:
    """Return tracks or releases, one in a row."""
    return _write(
        [
            str(item.id),
            item.title,
            item.plays,
            item.listeners,
            item.likes,
            *_cells_of_sales(item.sales, money),
        ]
        for item in items
    )


def write_products(products: Iterable[ProductFigures], money: Sequence[Money]) -> bytes:
    """Return products, one in a row."""
    return _write(
        [str(product.id), product.title, *_cells_of_sales(product.sales, money)]
        for product in products
    )


def _columns_of_sales(money: Iterable[Money]) -> list[str]:
    suffixes = [
        each.currency.lower() + ("_test" if each.mode is MoneyMode.TEST else "") for each in money
    ]
    names = ("sales_count", "refunds_count", "net_cents")
    return [f"{name}_{suffix}" for suffix in suffixes for name in names]


def _cells_of_sales(sales: Iterable[Sales], money: Iterable[Money]) -> list[_Cell]:
    found = {(each.currency, each.mode): each for each in sales}
    cells: list[_Cell] = []
    for each in money:
        sold = found.get((each.currency, each.mode))
        if sold is None:
            cells += [0, 0, 0]
        else:
            cells += [sold.sales_count, sold.refunds_count, sold.net_cents]
    return cells


def _write(rows: Iterable[Sequence[_Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[_escape(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _escape(cell: _Cell) -> _Cell:
    """Return a cell that no spreadsheet takes for a formula."""
    is_formula = isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA)
    return f"'{cell}" if is_formula else cell
