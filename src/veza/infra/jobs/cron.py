"""Times of scheduled tasks, as the first two fields of cron: minutes and hours, in UTC."""

from datetime import datetime, timedelta

_A_MINUTE = timedelta(minutes=1)


def find_next(cron: str, after: datetime) -> datetime:
    """Return the first time after a moment that fits an expression.

    Minute and hour are `*`, `*/n`, or numbers with commas; day, month and weekday are `*`. Raises
    ValueError for another expression.
    """
    minute, hour, *rest = cron.split()
    if rest != ["*", "*", "*"]:
        raise ValueError(cron)
    minutes = _read_field(minute, 60)
    hours = _read_field(hour, 24)
    found = after.replace(second=0, microsecond=0) + _A_MINUTE
    while found.minute not in minutes or found.hour not in hours:
        found += _A_MINUTE
    return found


def _read_field(field: str, size: int) -> set[int]:
    if field == "*":
        return set(range(size))
    if field.startswith("*/"):
        return set(range(0, size, int(field[2:])))
    values = {int(each) for each in field.split(",")}
    if not all(0 <= each < size for each in values):
        raise ValueError(field)
    return values
