"""Downloads of episodes by day, over all processes, counted in Valkey and stored by a job.

Who downloads is known as a digest alone, whose key changes at midnight UTC, and for a day at most.
Without Valkey no downloads are counted; all else works.
"""

import hashlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, cast
from uuid import UUID

from veza.core.ids import TrackId, new_id
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK, ListenerIdentity
from veza.domains.shows.models.downloads import DayCounts
from veza.domains.shows.rules.downloads import DeliveredSamples
from veza.infra.valkey.client import GONE, ValkeyClient

_LIFETIME_S = 24 * 3600
# Longer than a day is stored again.
_KEPT_S = 3 * 24 * 3600
_READ_AT_ONCE = 500
_RUN = "run"

# Of each listener of an episode: a bit that says whether the download is counted, then one for each
# sample. Of each network: the listeners that are counted. Of each day: the downloads of episodes,
# and an id of these counts, which are others if Valkey lost some.
_COUNT = """
if redis.call('getbit', KEYS[1], 0) == 1 then return 0 end
if redis.call('sismember', KEYS[2], ARGV[2]) == 0 then
    if redis.call('scard', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
    redis.call('sadd', KEYS[2], ARGV[2])
    if redis.call('ttl', KEYS[2]) < 0 then redis.call('expire', KEYS[2], ARGV[4]) end
end
local needed = tonumber(ARGV[6])
local first = tonumber(ARGV[7])
local last = tonumber(ARGV[8])
if last - first + 1 < needed then
    for sample = first, last do redis.call('setbit', KEYS[1], sample + 1, 1) end
    if redis.call('ttl', KEYS[1]) < 0 then redis.call('expire', KEYS[1], ARGV[4]) end
    if redis.call('bitcount', KEYS[1]) < needed then return 0 end
end
redis.call('set', KEYS[1], '\\128', 'ex', ARGV[4])
redis.call('hsetnx', KEYS[3], 'run', ARGV[9])
redis.call('hincrby', KEYS[3], ARGV[1], 1)
redis.call('expire', KEYS[3], ARGV[5])
return 1
"""


class DownloadCounter:
    """Counts downloads of episodes: one of each listener in a day."""

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client
        self._count = client.register_script(_COUNT)

    async def count(
        self,
        track_id: TrackId,
        listener: ListenerIdentity,
        user_agent: str,
        *,
        day: date,
        samples: DeliveredSamples,
    ) -> bool:
        """Note what a listener got of an episode; return whether it is a download now.

        At most 20 programs of a network are counted, as their names are chosen by them.
        """
        digest = hashlib.sha256(f"{listener.network} {user_agent}".encode()).hexdigest()[:32]
        keys = [
            f"download:{day}:{track_id}:{digest}",
            f"downloads_of:{day}:{track_id}:{listener.network}",
            _key_of(day),
        ]
        args = [
            str(track_id),
            digest,
            MAX_LISTENERS_OF_A_NETWORK,
            _LIFETIME_S,
            _KEPT_S,
            samples.needed,
            samples.first,
            samples.last,
            str(new_id()),
        ]
        try:
            return cast(int, await self._count(keys=keys, args=args)) == 1
        except GONE:
            return False

    async def list_counts(self, day: date) -> AsyncIterator[DayCounts]:
        """Yield the downloads of a day, some at a time. Raises one of GONE without Valkey."""
        key = _key_of(day)
        run = cast(bytes | None, await cast(Any, self._client.hget(key, _RUN)))
        if run is None:
            return
        cursor = 0
        while True:
            answer: Any = await self._client.hscan(key, cursor, count=_READ_AT_ONCE)
            cursor, found = cast(tuple[int, dict[bytes, bytes]], answer)
            counts = {
                TrackId(UUID(name.decode())): int(value)
                for name, value in found.items()
                if name != _RUN.encode()
            }
            if counts:
                yield DayCounts(day, UUID(run.decode()), counts)
            if not cursor:
                return


def _key_of(day: date) -> str:
    return f"downloads:{day}"
