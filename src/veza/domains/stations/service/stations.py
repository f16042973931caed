"""Profiles make stations, change what they play, and put them on air."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from msgspec import UNSET, structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import StationId, new_id
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.domains.images.service import images
from veza.domains.moderation.takedowns.shared_queries import note_edit
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.stations.errors import TooManyStations
from veza.domains.stations.models.rotations import SECOND
from veza.domains.stations.models.stations import (
    MAX_STATIONS,
    ListedStation,
    NewStation,
    OwnStation,
    OwnStations,
    StationChange,
    StationEvidence,
    StationForm,
    StationPage,
    StationQuery,
    StoredStation,
)
from veza.domains.stations.queries import records
from veza.domains.stations.rules import descriptions, programs
from veza.domains.stations.service import rotations, takeovers
from veza.domains.stations.service.lengths import Lengths, read_lengths
from veza.infra.postgres.database import Conn, Database, Tx


async def prepare_station(
    database: Database, audio: AudioStorage, owner: Member, form: StationForm
) -> Lengths:
    """Read what a new station needs of the storage. Raises TooManyStations."""
    form = programs.clean(form)
    async with database.read() as conn:
        if await records.count_own(conn, owner.id) >= MAX_STATIONS:
            raise TooManyStations
    return await read_lengths(database, audio, owner.id, form.program)


async def create_station(
    tx: Tx, owner: Member, form: StationForm, lengths: Lengths, urls: UrlBuilder
) -> OwnStation:
    """Make a station. Raises TooManyStations, ImageNotFound and ImageInUse."""
    form = programs.clean(form)
    if not await records.lock_owner(tx, owner.id):
        # The token outlived the account.
        raise Unauthenticated
    if await records.count_own(tx, owner.id) >= MAX_STATIONS:
        raise TooManyStations
    station_id = StationId(new_id())
    made = copy_fields(
        NewStation, form, id=station_id, owner_id=owner.id, seed=secrets.randbelow(1 << 62)
    )
    if form.cover_image_id is not None:
        await images.show_images(tx, owner.id, [form.cover_image_id], is_public=form.is_on_air)
    await records.insert_station(tx, made)
    station = await _lock_own(tx, station_id, owner)
    await rotations.begin(tx, station, lengths)
    return await _show_own(tx, station, owner, urls)


async def get_station(
    conn: Conn, station_id: StationId, viewer: Member | None, urls: UrlBuilder
) -> ListedStation:
    """Return a station. Raises StationNotFound."""
    station = await find_visible(conn, station_id, viewer)
    return descriptions.show_station(station, urls)


async def find_visible(conn: Conn, station_id: StationId, viewer: Member | None) -> StoredStation:
    """Return a station that a viewer may see. Raises StationNotFound."""
    viewer_id = viewer and viewer.id
    station = await records.find_station(conn, station_id, viewer_id)
    return descriptions.ensure_visible(station, viewer_id)


async def find_own(conn: Conn, station_id: StationId, owner: Member) -> StoredStation:
    """Return a station of the caller. Raises StationNotFound and NotYourStation."""
    station = await records.find_station(conn, station_id, owner.id)
    return descriptions.ensure_own(station, owner.id)


async def get_own(conn: Conn, station_id: StationId, owner: Member, urls: UrlBuilder) -> OwnStation:
    """Return a station of the caller with its program."""
    return await _show_own(conn, await find_own(conn, station_id, owner), owner, urls)


async def list_stations(
    conn: Conn, query: StationQuery, viewer: Member | None, urls: UrlBuilder
) -> StationPage:
    """Return a page of stations on air, newest first."""
    found = await records.list_stations(conn, query, viewer and viewer.id)
    shown, next_cursor = cut(found, query.limit, lambda each: Cursor(each.created_at, each.id))
    stations = [descriptions.show_station(each, urls) for each in shown]
    return StationPage(stations, next_cursor, next_cursor is not None)


async def list_own(conn: Conn, owner: Member, urls: UrlBuilder) -> OwnStations:
    """Return all stations of the caller, newest first."""
    found = await records.list_own(conn, owner.id)
    return OwnStations([descriptions.show_station(each, urls) for each in found])


async def prepare_change(
    database: Database,
    audio: AudioStorage,
    station_id: StationId,
    owner: Member,
    change: StationChange,
) -> Lengths:
    """Read what a change needs of the storage. Raises TooManyRotations."""
    async with database.read() as conn:
        station = await find_own(conn, station_id, owner)
        if change.program is UNSET:
            return {}
        await rotations.ensure_changeable(conn, station_id)
    program = programs.clean_program(change.program)
    return await read_lengths(database, audio, station.owner_id, program, station_id)


async def update_station(
    tx: Tx, station_id: StationId, owner: Member, change: StationChange, lengths: Lengths
) -> None:
    """Change a station of the caller. Raises TooManyRotations, ImageNotFound and ImageInUse.

    Another program begins after the track that plays.
    """
    station = await _lock_own(tx, station_id, owner)
    form = programs.clean(merge(StationForm, station, change))
    await _change_cover(tx, owner, station, form)
    await records.update_station(tx, station_id, form)
    if form.program != station.program:
        await records.update_program(tx, station_id, form.program)
    if change.program is not UNSET:
        changed = structs.replace(station, program=form.program)
        await rotations.change(tx, changed, lengths)
    await note_edit(tx, station.taken_down)


async def delete_station(tx: Tx, station_id: StationId, owner: Member) -> None:
    """Delete a station of the caller, its cover, and what it played. Its tracks stay."""
    await remove_station(tx, await _lock_own(tx, station_id, owner))


async def remove_station(tx: Tx, station: StoredStation) -> None:
    """Delete a locked station and its cover."""
    await takeovers.delete_sound(tx, station.owner_id, station.id)
    await records.delete_station(tx, station.id)
    if station.cover_image_id is not None:
        await images.delete_images(tx, [station.cover_image_id])


async def _change_cover(tx: Tx, owner: Member, station: StoredStation, form: StationForm) -> None:
    former, chosen = station.cover_image_id, form.cover_image_id
    is_public = descriptions.has_public_cover(station, is_on_air=form.is_on_air)
    if chosen is not None and chosen != former:
        await images.show_images(tx, owner.id, [chosen], is_public=is_public)
    elif chosen is not None and form.is_on_air != station.is_on_air:
        await images.update_public(tx, chosen, is_public=is_public)
    if former is not None and former != chosen:
        await images.delete_images(tx, [former])


async def find_evidence(conn: Conn, station_id: UUID, viewer: Member) -> StationEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the station."""
    found = await records.find_station(conn, StationId(station_id), viewer.id)
    if found is None or not descriptions.is_visible_to(found, viewer.id):
        return None
    return copy_fields(StationEvidence, found, author_id=found.owner_id)


async def _lock_own(tx: Tx, station_id: StationId, owner: Member) -> StoredStation:
    return descriptions.ensure_own(await records.lock_station(tx, station_id), owner.id)


async def _show_own(
    conn: Conn, station: StoredStation, owner: Member, urls: UrlBuilder
) -> OwnStation:
    wanted = programs.list_track_ids(station.program)
    playable = {each.id for each in await records.list_playable(conn, station.owner_id, wanted)}
    found = await visible_tracks.find_visible_tracks(conn, wanted, owner, urls) if wanted else {}
    change = await rotations.find_change(conn, station.id)
    return descriptions.show_own(
        station,
        urls,
        tracks=[found[track_id] for track_id in wanted if track_id in found],
        unplayed_ids=[track_id for track_id in wanted if track_id not in playable],
        changes_at=None if change is None else datetime.fromtimestamp(change / SECOND, UTC),
    )
