"""The calendar of periods: months and years from the day on which a membership started."""

from calendar import monthrange
from datetime import datetime

from veza.domains.marketplace.tiers.models import BillingInterval

_MONTHS = {BillingInterval.MONTH: 1, BillingInterval.YEAR: 12}


def add_months(moment: datetime, months: int, day: int) -> datetime:
    """Return the same time so many months later, on a day or the last one of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(day, last))


def period_end(starts_at: datetime, interval: BillingInterval, anchor_day: int) -> datetime:
    """Return the end of a period; from 31 January these are 28 February, 31 March, and so on."""
    return add_months(starts_at, _MONTHS[interval], anchor_day)
