"""A link is an unlisted playlist that may end; its owner sees and changes it as any other."""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from msgspec import UNSET, Struct, UnsetType

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import PlaylistId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.music.playlists.errors import PlaylistShareNotFound
from veza.domains.music.playlists.models.entries import AddedTracks
from veza.domains.music.playlists.models.playlists import PlaylistChange, PlaylistForm
from veza.domains.music.playlists.models.shares import PlaylistShare
from veza.domains.music.playlists.queries import shares as queries
from veza.domains.music.playlists.service import entries, playlists
from veza.infra.postgres.database import Conn, Database, Tx

MAX_LISTED = 100
MAX_LISTED_ENTRIES = 100
_ADDED_AT_ONCE = 100

list_entries = queries.list_entries


class PlaylistShareForm(Struct, frozen=True):
    """The tracks of a new link, its title, and when it ends."""

    title: str
    track_ids: Sequence[TrackId]
    expires_at: datetime | None = None


class PlaylistShareChange(Struct, frozen=True):
    """Changes of a link; omitted fields keep their values."""

    title: str | UnsetType = UNSET
    expires_at: datetime | UnsetType | None = UNSET


async def create_share(
    tx: Tx, owner: Member, form: PlaylistShareForm, urls: UrlBuilder
) -> PlaylistShare:
    """Create an unlisted playlist of tracks, with a link. Raises TooManyPlaylists."""
    made = PlaylistForm(form.title, visibility=Visibility.UNLISTED)
    playlist = await playlists.create_playlist(tx, owner, made, urls)
    for some in batched(form.track_ids, _ADDED_AT_ONCE):
        await entries.add_tracks(tx, playlist.id, owner, AddedTracks(list(some)))
    await queries.insert_share(tx, playlist.id, form.expires_at)
    return required(await queries.find_share(tx, playlist.id, owner.id), PlaylistShareNotFound)


async def list_shares(conn: Conn, owner: Member) -> Sequence[PlaylistShare]:
    """Return the latest 100 links of a member, also those that have ended."""
    return await queries.list_shares(conn, owner.id, MAX_LISTED)


async def update_share(
    tx: Tx,
    playlist_id: PlaylistId,
    owner: Member,
    *,
    change: PlaylistShareChange,
    urls: UrlBuilder,
) -> None:
    """Change the title of a link, or when it ends. Raises PlaylistShareNotFound."""
    required(await queries.find_share(tx, playlist_id, owner.id), PlaylistShareNotFound)
    if change.title is not UNSET:
        renamed = PlaylistChange(title=change.title)
        await playlists.update_playlist(tx, playlist_id, owner, change=renamed, urls=urls)
    if change.expires_at is not UNSET:
        await queries.update_expiry(tx, playlist_id, change.expires_at)


async def delete_share(tx: Tx, playlist_id: PlaylistId, owner: Member) -> None:
    """Delete a link with its playlist. Raises PlaylistShareNotFound."""
    required(await queries.find_share(tx, playlist_id, owner.id), PlaylistShareNotFound)
    await playlists.delete_playlist(tx, playlist_id, owner)


async def count_visit(database: Database, playlist_id: PlaylistId) -> None:
    """Count that the page of a playlist was opened, if it has a link."""
    async with database.transaction(recorded=False) as tx:
        await queries.update_visited(tx, playlist_id)
