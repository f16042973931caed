"""A report has up to 400 days, 30 by default; periods without rows are zero."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from veza.core.errors import FieldError, Invalid
from veza.domains.music.statistics.models import (
    AudienceRow,
    DateRange,
    Figures,
    Interval,
    ItemFigures,
    ItemSales,
    PeriodAudience,
    PeriodFigures,
    PeriodSales,
    Sales,
    StatisticsReport,
)

MAX_DAYS = 400
_DEFAULT_DAYS = 30


def make_range(
    since: str | None, until: str | None, interval: Interval, *, today: date
) -> DateRange:
    """Return the days of a report: by default the 30 days until `until`, or until today.

    Raises Invalid for a date that does not exist, a range that ends before it begins, and one of
    more than 400 days.
    """
    last = _parse(until, "to") or today
    if last.toordinal() < _DEFAULT_DAYS:
        raise Invalid(details=[FieldError("to", "The year is too early.", "date")])
    first = _parse(since, "from") or last - timedelta(days=_DEFAULT_DAYS - 1)
    if first > last:
        raise Invalid(
            details=[FieldError("from", "The first day comes after the last.", "reversed")]
        )
    if (last - first).days >= MAX_DAYS:
        raise Invalid(
            details=[
                FieldError(
                    "from", f"A report has up to {MAX_DAYS} days.", "too_many_days", MAX_DAYS
                )
            ]
        )
    return DateRange(first, last, interval)


def make_report(
    days: DateRange,
    audience: Sequence[PeriodAudience],
    sales: Sequence[PeriodSales],
    *,
    counted_at: datetime | None,
) -> StatisticsReport:
    """Return a report with all periods; those without rows are zero."""
    found = {row.period: row for row in audience}
    sold = group_sales((row.period, row) for row in sales)
    periods: list[PeriodFigures] = []
    for period in _list_periods(days):
        row = found.get(period) or PeriodAudience(period, 0, None, 0)
        periods.append(
            PeriodFigures(row.plays, row.listeners, row.likes, sold.get(period, []), period=period)
        )
    return StatisticsReport(
        days.since, days.until, days.interval, _sum(periods), periods, counted_at
    )


def make_items(rows: Iterable[AudienceRow], sales: Iterable[ItemSales]) -> list[ItemFigures]:
    """Return tracks or releases with their figures."""
    sold = group_sales((row.id, row) for row in sales)
    return [
        ItemFigures(
            row.plays, row.listeners, row.likes, sold.get(row.id, []), id=row.id, title=row.title
        )
        for row in rows
    ]


def group_sales[Key: (date, UUID)](
    rows: Iterable[tuple[Key, PeriodSales | ItemSales]],
) -> Mapping[Key, list[Sales]]:
    """Return the sales of each key."""
    grouped: dict[Key, list[Sales]] = defaultdict(list)
    for key, row in rows:
        grouped[key].append(
            Sales(row.currency, row.mode, row.sales_count, row.refunds_count, row.net_cents)
        )
    return grouped


def _sum(periods: Sequence[PeriodFigures]) -> Figures:
    totals: dict[tuple[str, str], Sales] = {}
    for sales in (each for period in periods for each in period.sales):
        known = totals.get((sales.currency, sales.mode))
        totals[sales.currency, sales.mode] = sales if known is None else _add(known, sales)
    heard = [period.listeners for period in periods if period.listeners is not None]
    return Figures(
        plays=sum(period.plays for period in periods),
        listeners=sum(heard) if heard else None,
        likes=sum(period.likes for period in periods),
        sales=[totals[key] for key in sorted(totals)],
    )


def _add(one: Sales, other: Sales) -> Sales:
    return Sales(
        one.currency,
        one.mode,
        one.sales_count + other.sales_count,
        one.refunds_count + other.refunds_count,
        one.net_cents + other.net_cents,
    )


def _list_periods(days: DateRange) -> Iterator[date]:
    if days.interval is Interval.DAY:
        for number in range((days.until - days.since).days + 1):
            yield days.since + timedelta(days=number)
        return
    first = days.since.year * 12 + days.since.month - 1
    last = days.until.year * 12 + days.until.month - 1
    for month in range(first, last + 1):
        yield date(month // 12, month % 12 + 1, 1)


def _parse(text: str | None, field: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(details=[FieldError(field, "There is no such day.", "date")]) from error
