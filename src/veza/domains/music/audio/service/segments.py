"""The segments of a track, for those who list them in a playlist of their own."""

from veza.core.ids import TrackId
from veza.domains.music.audio import rules
from veza.infra.media.commands import HLS, LADDER
from veza.infra.media.hls import PLAYLIST, read_lengths
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
