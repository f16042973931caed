"""Makes stations for tests, by the use cases of the application."""

from collections.abc import AsyncIterator, Sequence

from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.ids import (
    StationId,
    StationRequestId,
    StationTakeoverId,
    StreamId,
    TrackId,
    UserId,
    new_id,
)
from veza.domains.stations.models.stations import StationForm, StationProgram
from veza.domains.stations.queries import requests
from veza.domains.stations.service import stations
from veza.infra.postgres.database import Tx


async def segments(services: Services, track_id: TrackId, seconds: int = 120) -> None:
    """Store the playlists of a track, of segments without sound."""
    lines = ["#EXTM3U", *(f"#EXTINF:6.000000,\ns{n:03d}.m4s" for n in range(seconds // 6))]
    text = "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()
    for variant in ("128k", "256k"):
        key = f"tracks/{track_id}/hls/{variant}/index.m3u8"
        await services.storage.put_stream(key, _in_one_piece(text))


async def station(
    services: Services,
    owner: Person,
    track_ids: Sequence[TrackId],
    title: str = "Night ferry",
    *,
    is_on_air: bool = True,
    takes_requests: bool = False,
) -> StationId:
    """Make a station that plays tracks, whose segments it needs."""
    for track_id in track_ids:
        await segments(services, track_id)
    program = StationProgram(list(track_ids))
    form = StationForm(title, is_on_air=is_on_air, takes_requests=takes_requests, program=program)
    database, audio = services.database, services.audio_storage
    lengths = await stations.prepare_station(database, audio, owner.member, form)
    async with database.transaction() as tx:
        made = await stations.create_station(tx, owner.member, form, lengths, NO_LINKS)
    return made.id


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def bare_station(tx: Tx, owner_id: UserId, title: str = "Night ferry") -> StationId:
    """Insert a station with a rotation and a mark, of which no track is there."""
    station_id, rotation_id = StationId(new_id()), new_id()
    sql = "insert into stations (id, owner_id, title, seed, program) values ($1, $2, $3, 1, '{}')"
    await tx.run(sql, station_id, owner_id, title)
    sql = "insert into station_rotations (id, station_id, content) values ($1, $2, '{}')"
    await tx.run(sql, rotation_id, station_id)
    sql = """
        insert into station_marks (station_id, starts_at, rotation_id, segment, slot, state)
             values ($1, 1, $2, 0, 0, '{}')
    """
    await tx.run(sql, station_id, rotation_id)
    await takeover(tx, station_id, None)
    return station_id


async def station_request(tx: Tx, station_id: StationId, track_id: TrackId, by: UserId) -> None:
    """Insert an open request for a track with the vote of who asked."""
    request_id = StationRequestId(new_id())
    await requests.insert_request(tx, request_id, station_id, track_id, by)
    await requests.insert_vote(tx, request_id, by)


async def takeover(tx: Tx, station_id: StationId, stream_id: StreamId | None) -> StationTakeoverId:
    """Insert a takeover of a station by a stream, from its first segment on for a year."""
    takeover_id = StationTakeoverId(new_id())
    sql = """
        insert into station_takeovers (id, station_id, stream_id, first_segment, next_segment,
                                       starts_at, ends_at, breaks, next_slot, object_type,
                                       rate_index, channels, media_segment, is_open)
             values ($1, $2, $3, 0, 5000000, 1, extract(epoch from now() + interval '1 year')
                     * 1000000, 0, 1000000, 2, 3, 2, 0, false)
    """
    await tx.run(sql, takeover_id, station_id, stream_id)
    return takeover_id
