"""Viewers of live streams, now and in all, over all processes, kept in Valkey.

Entries expire. Without Valkey no viewer is counted, and nothing else depends on it.
"""

import hashlib
from collections.abc import Sequence
from typing import cast

from veza.core.ids import StreamId
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK, ListenerIdentity
from veza.domains.live.models import Audience, Seen
from veza.infra.valkey.client import GONE, ValkeyClient

# Said anew by then; whoever says no more is gone after the lifetime.
REFRESH_S = 10
LIFETIME_S = 30
# How often an audience is worth being written down.
NOTED_EACH_S = 5
# Of a broadcast of which nobody heard for so long, nobody asks any more.
_KEPT_S = 2 * 24 * 3600

# A sorted set a broadcast holds who is there: scores are the moments until which they are believed,
# by the server's clock. A HyperLogLog holds who ever was, and a set the viewers of a network.
_WATCH = """
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
_LOOK = """
local now = redis.call('time')[1]
local answers = {}
for n = 1, #KEYS, 2 do
    answers[#answers + 1] = redis.call('zcount', KEYS[n], '(' .. now, '+inf')
    answers[#answers + 1] = redis.call('pfcount', KEYS[n + 1])
end
return answers
"""


class Audiences:
    """Who watches, as all processes say it together."""

    def __init__(self, client: ValkeyClient) -> None:
        self._watch = client.register_script(_WATCH)
        self._look = client.register_script(_LOOK)

    async def watch(self, stream_id: StreamId, viewer: ListenerIdentity) -> Seen | None:
        """Say that somebody watches, and hear how many do. None where Valkey is gone.

        Once in some seconds, whoever says it is told to write down what they hear.
        """
        keys = [
            *_keys_of(stream_id),
            f"viewers_noted:{stream_id}",
            f"viewers_of:{stream_id}:{viewer.network}",
        ]
        args = [
            _digest(stream_id, viewer),
            LIFETIME_S,
            NOTED_EACH_S,
            _KEPT_S,
            MAX_LISTENERS_OF_A_NETWORK,
        ]
        try:
            present, total, is_due = cast(list[int], await self._watch(keys=keys, args=args))
        except GONE:
            return None
        return Seen(Audience(present, total), bool(is_due))

    async def look(self, stream_ids: Sequence[StreamId]) -> dict[StreamId, Audience]:
        """Tell how many watch some broadcasts; nothing where Valkey is gone."""
        if not stream_ids:
            return {}
        keys = [key for stream_id in stream_ids for key in _keys_of(stream_id)]
        try:
            found = cast(list[int], await self._look(keys=keys))
        except GONE:
            return {}
        counts = zip(found[::2], found[1::2], strict=True)
        return {
            stream_id: Audience(present, total)
            for stream_id, (present, total) in zip(stream_ids, counts, strict=True)
        }


def _digest(stream_id: StreamId, viewer: ListenerIdentity) -> str:
    """Return what stands for a viewer of one stream: nobody's id lies in Valkey."""
    return hashlib.sha256(f"{stream_id} {viewer.name}".encode()).hexdigest()[:32]


def _keys_of(stream_id: StreamId) -> list[str]:
    return [f"viewers:{stream_id}", f"viewers_ever:{stream_id}"]
