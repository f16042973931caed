"""Limits the activities of members in an hour, over all processes, and to verified members.

HTTP and the WebSocket share the counts. Refused attempts count as well.
"""

import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from msgspec import Struct
from prometheus_client import Counter

from veza.core.access import Member, Role
from veza.core.activities import PUBLISHING, Activity, EmailUnverified
from veza.core.clock import now
from veza.core.errors import Allowance, TooManyRequests
from veza.core.ids import UserId, time_of
from veza.infra.valkey.client import WindowCounters

_WINDOW_S = 3600

_REFUSED = Counter(
    "veza_hourly_limited_total", "Activities that an hourly limit refused.", ["activity"]
)


class HourlyLimitReached(TooManyRequests):
    """A member reached an hourly limit; `retry_after` is the rest of the hour."""

    code = "hourly_limit_reached"
    message = "You have done this too often within an hour: wait a while."


class NewMemberLimits(Struct, frozen=True):
    """Lower limits, for members of these roles whose account is younger than `age`.

    The age of an account is known by its id: it costs no query.
    """

    age: timedelta
    roles: frozenset[Role]
    limits: Mapping[Activity, int]

    def includes(self, member: Member) -> bool:
        """Return whether a member is new."""
        return member.role in self.roles and now() - time_of(member.actor_id) < self.age


class HourlyLimits:
    """Counts the activities of accounts. An activity that has no limit, or 0, is not counted.

    What an account does as a profile counts for the account, so that profiles add nothing.

    If `is_verified` is given, those that publish are refused to members for whom it is false. The
    limits of new members are lower, if `of_new_members` is given.
    """

    def __init__(
        self,
        counters: WindowCounters,
        limits: Mapping[Activity, int],
        is_verified: Callable[[UserId], Awaitable[bool]] | None = None,
        of_new_members: NewMemberLimits | None = None,
    ) -> None:
        self._counters = counters
        self._limits = limits
        self._is_verified = is_verified
        self._of_new_members = of_new_members

    async def count(
        self, activity: Activity, member: Member, *, times: int = 1, publishes: bool = True
    ) -> None:
        """Count an activity. Raises HourlyLimitReached, and EmailUnverified if it publishes."""
        if publishes and activity in PUBLISHING:
            await self._ensure_verified(member.actor_id)
        most = self._limit_of(activity, member)
        if not most:
            return
        key = f"hourly-{activity}:{member.actor_id}"
        window = await self._counters.add(key, _WINDOW_S, times=times)
        if window.count > most:
            _REFUSED.labels(activity).inc()
            wait_s = max(1, math.ceil(window.ends_in_s))
            raise HourlyLimitReached(retry_after=wait_s, allowance=Allowance(most, _WINDOW_S))

    def _limit_of(self, activity: Activity, member: Member) -> int:
        most = self._limits.get(activity, 0)
        lower = self._of_new_members
        if lower is None or activity not in lower.limits or not lower.includes(member):
            return most
        return min(most or lower.limits[activity], lower.limits[activity])

    async def _ensure_verified(self, user_id: UserId) -> None:
        if self._is_verified is not None and not await self._is_verified(user_id):
            raise EmailUnverified
