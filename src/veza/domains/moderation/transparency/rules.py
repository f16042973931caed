"""Quarters of a year, in UTC."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from veza.domains.moderation.transparency.models import StoredQuarter, TransparencyQuarter

_MONTHS = 3


def quarter_of(day: date) -> date:
    """Return the first day of the quarter of a day."""
    return day.replace(month=(day.month - 1) // _MONTHS * _MONTHS + 1, day=1)


def quarter_after(start: date) -> date:
    """Return the first day of the next quarter."""
    return quarter_of(start + timedelta(days=100))


def quarter_before(start: date) -> date:
    """Return the first day of the quarter before."""
    return quarter_of(start - timedelta(days=1))


def list_quarters(first: date, last: date) -> Iterator[date]:
    """Yield the first days of the quarters from one to another."""
    while first <= last:
        yield first
        first = quarter_after(first)


def begin(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), UTC)


def show_quarter(stored: StoredQuarter, today: date) -> TransparencyQuarter:
    """Return what everybody sees of a quarter."""
    following = quarter_after(stored.starts_on)
    return TransparencyQuarter(
        year=stored.starts_on.year,
        quarter=(stored.starts_on.month - 1) // _MONTHS + 1,
        starts_on=stored.starts_on,
        ends_on=following - timedelta(days=1),
        is_complete=following <= today,
        figures=stored.figures,
        computed_at=stored.computed_at,
    )
