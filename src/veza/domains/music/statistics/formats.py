"""Reports as CSV."""

from collections.abc import Iterable, Sequence

from veza.core.csv_rows import Cell, write_rows
from veza.core.money_mode import MoneyMode
from veza.domains.music.statistics.models import (
    ItemFigures,
    Money,
    ProductFigures,
    ReferrerPlays,
    Sales,
    StatisticsReport,
)


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
    return write_rows([columns, *rows])


def write_referrers(referrers: Iterable[ReferrerPlays]) -> bytes:
    """Return referrers, one in a row."""
    rows = [[each.client, each.host, each.plays] for each in referrers]
    return write_rows([["client", "host", "plays"], *rows])


def write_columns(names: Sequence[str], money: Sequence[Money]) -> bytes:
    """Return the row with the names of the columns of a list."""
    return write_rows([[*names, *_columns_of_sales(money)]])


def write_items(items: Iterable[ItemFigures], money: Sequence[Money]) -> bytes:
    """Return tracks or releases, one in a row."""
    return write_rows(
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
    return write_rows(
        [str(product.id), product.title, *_cells_of_sales(product.sales, money)]
        for product in products
    )


def _columns_of_sales(money: Iterable[Money]) -> list[str]:
    suffixes = [
        each.currency.lower() + ("_test" if each.mode is MoneyMode.TEST else "") for each in money
    ]
    names = ("sales_count", "refunds_count", "net_cents")
    return [f"{name}_{suffix}" for suffix in suffixes for name in names]


def _cells_of_sales(sales: Iterable[Sales], money: Iterable[Money]) -> list[Cell]:
    found = {(each.currency, each.mode): each for each in sales}
    cells: list[Cell] = []
    for each in money:
        sold = found.get((each.currency, each.mode))
        if sold is None:
            cells += [0, 0, 0]
        else:
            cells += [sold.sales_count, sold.refunds_count, sold.net_cents]
    return cells
