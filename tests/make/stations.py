"""Makes stations for tests, by the use cases of the application."""

from collections.abc import AsyncIterator, Sequence

from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.ids import StationId, TrackId
from veza.domains.stations.models.stations import StationForm, StationProgram
from veza.domains.stations.service import stations


async def segments(services: Services, track_id: TrackId, seconds: int = 120) -> None:
    """Store the playlists of a track, of segments without sound."""
    lines = ["#EXTM3U", *(f"#EXTINF:6.000000,\ns{n:03d}.m4s" for n in range(seconds // 6))]
    text = "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()
    for variant in ("128k", "256k"):
        key = f"tracks/{track_id}/hls/{variant}/index.m3u8"
        await services.storage.put_stream(key, _in_one_piece(text))


async def station(
    services: Services, owner: Person, track_ids: Sequence[TrackId], title: str = "Night ferry"
) -> StationId:
    """Make a station on air that plays tracks, whose segments it needs."""
    for track_id in track_ids:
        await segments(services, track_id)
    form = StationForm(title, is_on_air=True, program=StationProgram(list(track_ids)))
    async with services.database.transaction() as tx:
        made = await stations.create_station(
            tx, services.audio_storage, owner.member, form, NO_LINKS
        )
    return made.id


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content
