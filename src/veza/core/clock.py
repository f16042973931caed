"""The time, always with time zone UTC."""

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta

from veza.core.errors import FieldError, Invalid

# A time that callers send.
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset or `Z`.")]
# The maximum difference between the clocks of two nodes (which need NTP). Signatures of other nodes
# are accepted this long before they were issued and after they expired.
LEEWAY = timedelta(seconds=5)
# The driver of PostgreSQL stores these as infinite, and reads infinite ones without a timezone.
_PAST = "Choose a time in the future, or leave it out."
_INFINITE = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def has_passed(expires: int) -> bool:
    """Return whether a signed expiry, in Unix seconds, has passed on every node."""
    return time.time() > expires + LEEWAY.total_seconds()


def require_finite(moment: datetime | None, field: str) -> None:
    """Raise Invalid for a moment that would be stored as an infinite one."""
    if moment in _INFINITE:
        raise Invalid(
            details=[FieldError(field, "Choose another time, or leave it out.", "moment")]
        )


def require_future(moment: datetime | None, field: str, current: datetime) -> None:
    """Raise Invalid for a moment that is not after the current one, or is infinite."""
    require_finite(moment, field)
    if moment is not None and moment <= current:
        raise Invalid(details=[FieldError(field, _PAST, "not_in_future")])
