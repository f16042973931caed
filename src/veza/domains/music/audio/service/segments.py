"""The segments of a track, for those who list them in a playlist or a stream of their own."""

import asyncio

from veza.core.ids import TrackId
from veza.domains.music.audio import rules
from veza.infra.media.commands import HLS, LADDER
from veza.infra.media.fragments import NoAac, read_config, read_frames
from veza.infra.media.hls import INIT_SEGMENT, PLAYLIST, SEGMENTS, read_lengths
from veza.infra.storage.errors import ObjectMissing
from veza.infra.storage.objects import Storage


async def list_lengths(storage: Storage, track_id: TrackId) -> list[int]:
    """Return the lengths of the segments in microseconds; none, unless all variants have them."""
    found: list[list[int]] = []
    for variant in LADDER:
        key = f"{rules.folder_of(track_id)}/{HLS}/{variant}/{PLAYLIST}"
        try:
            found.append(read_lengths((await storage.read_all(key)).decode()))
        except ObjectMissing:
            return []
    return found[-1] if all(each == found[0] for each in found) else []


async def read_aac(storage: Storage, track_id: TrackId, index: int) -> list[bytes]:
    """Return the frames of a segment of the lowest variant, with ADTS headers; none if it is gone.

    Whether they may be heard is up to the caller.
    """
    folder = f"{rules.folder_of(track_id)}/{HLS}/{LADDER[0]}"
    try:
        initial = await storage.read_all(f"{folder}/{INIT_SEGMENT}")
        segment = await storage.read_all(f"{folder}/{SEGMENTS % index}")
    except ObjectMissing:
        return []
    return await asyncio.to_thread(_list_frames, initial, segment)


def _list_frames(initial: bytes, segment: bytes) -> list[bytes]:
    try:
        return read_frames(read_config(initial), segment)
    except NoAac:
        return []
