"""Appearances take two statements: the credits, then their tracks or releases."""

from collections.abc import Mapping, Sequence
from typing import Any

from veza.core.access import Member
from veza.core.ids import ReleaseId, TrackId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.music.appearances import queries
from veza.domains.music.appearances.models import (
    AppearanceQuery,
    ProfileAppearance,
    ProfileAppearances,
    ProfileCredit,
    ProfileCredits,
    StoredAppearance,
)
from veza.domains.music.credits import service as credits_service
from veza.domains.music.credits.models import (
    AskedCredits,
    CreditedItem,
    CreditedKind,
    CreditRole,
)
from veza.domains.music.releases.service import lists, releases
from veza.domains.music.releases.service.responses import show_release
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.profiles.errors import ProfileNotFound
from veza.infra.postgres.database import Conn


async def list_appearances(
    conn: Conn, query: AppearanceQuery, viewer: Member | None, urls: UrlBuilder
) -> ProfileAppearances:
    """Return a page of what others published with a profile as an artist.

    Raises ProfileNotFound.
    """
    page, following = await _list_page(conn, query, viewer)
    items = await _find_items(conn, query.kind, page, viewer, urls)
    shown = [
        ProfileAppearance(each.name or "", **_place(query.kind, items[each.item_id]))
        for each in page
        if each.item_id in items
    ]
    return ProfileAppearances(shown, following, following is not None)


async def list_credits(
    conn: Conn, query: AppearanceQuery, viewer: Member | None, urls: UrlBuilder
) -> ProfileCredits:
    """Return a page of what a profile contributed to. Raises ProfileNotFound."""
    page, following = await _list_page(conn, query, viewer)
    items = await _find_items(conn, query.kind, page, viewer, urls)
    shown = [
        ProfileCredit(
            CreditRole(each.role),
            each.instrument,
            each.name or "",
            **_place(query.kind, items[each.item_id]),
        )
        for each in page
        if each.item_id in items
    ]
    return ProfileCredits(shown, following, following is not None)


async def list_track_credits(conn: Conn, track_id: TrackId, member: Member) -> AskedCredits:
    """Return who made a track of the caller. Raises TrackNotFound and NotYourTrack."""
    track = await visible_tracks.get_own(conn, track_id, member)
    item = CreditedItem(CreditedKind.TRACK, track.id, track.owner_id)
    owner = show_named_member(track.owner_id, track.username, track.appearance)
    return await credits_service.list_asked(conn, item, owner, track.artist_name)


async def list_release_credits(conn: Conn, release_id: ReleaseId, member: Member) -> AskedCredits:
    """Return who made a release of the caller. Raises ReleaseNotFound and NotYourRelease."""
    release = await releases.find_own(conn, release_id, member)
    item = CreditedItem(CreditedKind.RELEASE, release.id, release.owner_id)
    owner = show_named_member(release.owner_id, release.username, release.appearance)
    return await credits_service.list_asked(conn, item, owner, release.artist_name)


async def _list_page(
    conn: Conn, query: AppearanceQuery, viewer: Member | None
) -> tuple[list[StoredAppearance], str | None]:
    found = await queries.list_appearances(conn, query, viewer and viewer.id)
    if not found:
        raise ProfileNotFound
    return cut([each for each in found if each.id is not None], query.limit, _position_of)


def _position_of(credit: StoredAppearance) -> Cursor:
    assert credit.created_at is not None
    assert credit.id is not None
    return Cursor(credit.created_at, credit.id)


async def _find_items(
    conn: Conn,
    kind: CreditedKind,
    page: Sequence[StoredAppearance],
    viewer: Member | None,
    urls: UrlBuilder,
) -> Mapping[Any, Any]:
    """Return the tracks or releases of a page by id, as far as the viewer may see them."""
    ids = list(dict.fromkeys(each.item_id for each in page if each.item_id is not None))
    if not ids:
        return {}
    if kind is CreditedKind.TRACK:
        track_ids = list(map(TrackId, ids))
        return await visible_tracks.find_visible_tracks(conn, track_ids, viewer, urls)
    rows = await lists.find_visible_rows(conn, list(map(ReleaseId, ids)), viewer)
    return {release_id: show_release(row, urls) for release_id, row in rows.items()}


def _place(kind: CreditedKind, item: Any) -> dict[str, Any]:
    is_track = kind is CreditedKind.TRACK
    return {"track": item if is_track else None, "release": None if is_track else item}
