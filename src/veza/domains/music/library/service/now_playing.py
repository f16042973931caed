"""The tracks that a member's devices are playing, over all processes, kept in Valkey.

Entries expire. Without Valkey no devices are shown; all else works.
"""

import hashlib
from typing import cast

import msgspec
from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.music.library import rules
from veza.domains.music.library.models import (
    MAX_DEVICES,
    NowPlaying,
    PlaybackReport,
    PlaybackState,
    StoredPlayback,
)
from veza.domains.music.tracks.errors import TrackNotReady
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Database
from veza.infra.valkey.client import GONE, ValkeyClient

# For each member: a sorted set of devices, whose scores are the times of their reports by the clock
# of the Valkey server, and a hash of the reports. Both expire with the report that lasts longest.
_REPORT = """
local time = redis.call('time')
redis.call('zadd', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
redis.call('hset', KEYS[2], ARGV[1], ARGV[2])
local too_many = redis.call('zcard', KEYS[1]) - ARGV[4]
if too_many > 0 then
    for _, device in ipairs(redis.call('zrange', KEYS[1], 0, too_many - 1)) do
        redis.call('zrem', KEYS[1], device)
        redis.call('hdel', KEYS[2], device)
    end
end
for _, key in ipairs(KEYS) do
    if redis.call('ttl', key) < tonumber(ARGV[3]) then redis.call('expire', key, ARGV[3]) end
end
"""
_REMOVE = """
redis.call('zrem', KEYS[1], ARGV[1])
redis.call('hdel', KEYS[2], ARGV[1])
"""


class NowPlayingStore:
    """Reads and writes what the devices of members are playing."""

    def __init__(self, client: ValkeyClient) -> None:
        self._report = client.register_script(_REPORT)
        self._remove = client.register_script(_REMOVE)
        self._list = client.register_script("return redis.call('hvals', KEYS[2])")

    async def report(self, member: Member, playback: StoredPlayback) -> None:
        """Store what a device is playing, in place of its last report."""
        lifetime_s = rules.lifetime_s(playback)
        args = [playback.device, msgspec.json.encode(playback), lifetime_s, MAX_DEVICES]
        try:
            await self._report(keys=_keys_of(member), args=args)
        except GONE:
            return

    async def remove(self, member: Member, device: str) -> None:
        """Forget a device that stopped."""
        try:
            await self._remove(keys=_keys_of(member), args=[device])
        except GONE:
            return

    async def list_playbacks(self, member: Member) -> list[StoredPlayback]:
        """Return the last report of each device that has not expired; empty without Valkey."""
        try:
            found = cast(list[bytes], await self._list(keys=_keys_of(member)))
        except GONE:
            return []
        playbacks = [msgspec.json.decode(raw, type=StoredPlayback) for raw in found]
        moment = now()
        return [playback for playback in playbacks if not rules.has_ended(playback, moment)]


async def report_playback(
    database: Database, store: NowPlayingStore, member: Member, report: PlaybackReport
) -> None:
    """Note what a device of the member is playing. Raises TrackNotFound and TrackNotReady.

    Counts no play: that is what `report_play` of `music/tracks` is for.
    """
    report = structs.replace(report, device=rules.clean_device(report.device))
    async with database.read() as conn:
        track = await visible_tracks.get_visible(conn, report.track_id, member.id)
    if track.duration_ms is None:
        raise TrackNotReady
    if report.state is PlaybackState.STOPPED:
        await store.remove(member, report.device)
        return
    playback = copy_fields(StoredPlayback, report, duration_ms=track.duration_ms, reported_at=now())
    await store.report(member, playback)


async def list_devices(
    database: Database, store: NowPlayingStore, member: Member, urls: UrlBuilder
) -> NowPlaying:
    """Return the devices of the member that play or are paused, the latest report first."""
    found = await store.list_playbacks(member)
    if not found:
        return NowPlaying([])
    track_ids = [playback.track_id for playback in found]
    async with database.read() as conn:
        shown = await visible_tracks.find_visible_tracks(conn, track_ids, member, urls)
    return NowPlaying(rules.show_devices(found, shown, now()))


def _keys_of(member: Member) -> list[str]:
    """Return the keys of a member: hashed, so that Valkey contains no user ids."""
    digest = hashlib.sha256(f"now_playing {member.id}".encode()).hexdigest()[:32]
    return [f"now_playing:{digest}", f"now_playing_reports:{digest}"]
