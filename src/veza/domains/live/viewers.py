"""Viewers of live streams, current and total, over all processes, kept in Valkey.

Entries expire. Without Valkey no viewers are counted; all else works.
"""

import hashlib
from collections.abc import Sequence
from typing import cast

from veza.core.ids import StreamId
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK, ListenerIdentity
from veza.domains.live.models.viewers import ViewerCounts, WatchResult
from veza.infra.valkey.client import GONE, ValkeyClient

# Viewers repeat their heartbeat by then, and expire after the lifetime.
REFRESH_S = 10
LIFETIME_S = 30
# How often the counts of a stream are stored.
SAVE_INTERVAL_S = 5
# Counts of a stream are dropped when there was no heartbeat for this time.
_KEPT_S = 2 * 24 * 3600

# For each stream: a sorted set of current viewers, whose scores are the times when they expire by
# the clock of the Valkey server; a HyperLogLog of all; a set of viewers for each network.
_COUNT_VIEWER = """
local now = redis.call('time')[1]
local is_known = redis.call('sismember', KEYS[4], ARGV[1]) == 1
local is_counted = is_known or redis.call('scard', KEYS[4]) < tonumber(ARGV[5])
if is_counted then
    redis.call('sadd', KEYS[4], ARGV[1])
    redis.call('expire', KEYS[4], ARGV[4])
end
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
if is_counted then
    redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1])
    redis.call('expire', KEYS[1], ARGV[2])
    redis.call('pfadd', KEYS[2], ARGV[1])
    redis.call('expire', KEYS[2], ARGV[4])
end
local is_due = redis.call('set', KEYS[3], 1, 'nx', 'ex', ARGV[3])
return {redis.call('zcard', KEYS[1]), redis.call('pfcount', KEYS[2]), is_due and 1 or 0}
"""
_GET_COUNTS = """
local now = redis.call('time')[1]
local answers = {}
for n = 1, #KEYS, 2 do
    answers[#answers + 1] = redis.call('zcount', KEYS[n], '(' .. now, '+inf')
    answers[#answers + 1] = redis.call('pfcount', KEYS[n + 1])
end
return answers
"""


class ViewerCounter:
    """Counts the viewers of streams, over all processes."""

    def __init__(self, client: ValkeyClient) -> None:
        self._count_viewer = client.register_script(_COUNT_VIEWER)
        self._get_counts = client.register_script(_GET_COUNTS)

    async def count_viewer(
        self, stream_id: StreamId, viewer: ListenerIdentity
    ) -> WatchResult | None:
        """Count a viewer until the next heartbeat; None without Valkey.

        `is_due` is true once in some seconds, for the caller who has to store the counts.
        """
        keys = [
            *_keys_of(stream_id),
            f"viewers_noted:{stream_id}",
            f"viewers_of:{stream_id}:{viewer.network}",
        ]
        args = [
            _digest(stream_id, viewer),
            LIFETIME_S,
            SAVE_INTERVAL_S,
            _KEPT_S,
            MAX_LISTENERS_OF_A_NETWORK,
        ]
        try:
            current, total, is_due = cast(list[int], await self._count_viewer(keys=keys, args=args))
        except GONE:
            return None
        return WatchResult(ViewerCounts(current, total), bool(is_due))

    async def get_counts(self, stream_ids: Sequence[StreamId]) -> dict[StreamId, ViewerCounts]:
        """Return the viewer counts of streams; empty without Valkey."""
        if not stream_ids:
            return {}
        keys = [key for stream_id in stream_ids for key in _keys_of(stream_id)]
        try:
            found = cast(list[int], await self._get_counts(keys=keys))
        except GONE:
            return {}
        counts = zip(found[::2], found[1::2], strict=True)
        return {
            stream_id: ViewerCounts(current, total)
            for stream_id, (current, total) in zip(stream_ids, counts, strict=True)
        }


def _digest(stream_id: StreamId, viewer: ListenerIdentity) -> str:
    """Return a digest of a viewer for a stream, so that Valkey contains no user ids."""
    return hashlib.sha256(f"{stream_id} {viewer.name}".encode()).hexdigest()[:32]


def _keys_of(stream_id: StreamId) -> list[str]:
    return [f"viewers:{stream_id}", f"viewers_ever:{stream_id}"]
