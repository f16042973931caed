"""Limits the activities of members in an hour, over all processes, and to verified members.

HTTP and the WebSocket share the counts. Refused attempts count as well.
"""

import math
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import Counter

from veza.core.activities import PUBLISHING, Activity, EmailUnverified
from veza.core.errors import TooManyRequests
from veza.core.ids import UserId
from veza.infra.valkey.client import WindowCounters

_WINDOW_S = 3600

_REFUSED = Counter(
    "veza_hourly_limited_total", "Activities that an hourly limit refused.", ["activity"]
)


class HourlyLimitReached(TooManyRequests):
    """A member reached an hourly limit; `retry_after` is the rest of the hour."""

    code = "hourly_limit_reached"
    message = "You have done this too often within an hour: wait a while."


class HourlyLimits:
    """Counts the activities of members. An activity that has no limit, or 0, is not counted.

    If `is_verified` is given, those that publish are refused to members for whom it is false.
    """

    def __init__(
        self,
        counters: WindowCounters,
        limits: Mapping[Activity, int],
        is_verified: Callable[[UserId], Awaitable[bool]] | None = None,
    ) -> None:
        self._counters = counters
        self._limits = limits
        self._is_verified = is_verified

    async def count(
        self, activity: Activity, user_id: UserId, *, times: int = 1, publishes: bool = True
    ) -> None:
        """Count an activity. Raises HourlyLimitReached, and EmailUnverified if it publishes."""
        if publishes and activity in PUBLISHING:
            await self._ensure_verified(user_id)
        most = self._limits.get(activity, 0)
        if not most:
            return
        window = await self._counters.add(f"hourly-{activity}:{user_id}", _WINDOW_S, times=times)
        if window.count > most:
            _REFUSED.labels(activity).inc()
            raise HourlyLimitReached(retry_after=max(1, math.ceil(window.ends_in_s)))

    async def _ensure_verified(self, user_id: UserId) -> None:
        if self._is_verified is not None and not await self._is_verified(user_id):
            raise EmailUnverified
