"""Only the owner invites editors, none across a block; editors may leave at any time."""

from veza.core.access import Member
from veza.core.ids import PlaylistId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.music.playlists import rules
from veza.domains.music.playlists.errors import (
    CannotInvite,
    EditorNotFound,
    NotAnEditor,
    NotYourPlaylist,
    SmartPlaylist,
    TooManyEditors,
)
from veza.domains.music.playlists.events import PlaylistEditorInvited, PlaylistInvitationAccepted
from veza.domains.music.playlists.models.playlists import (
    MAX_EDITORS,
    Playlist,
    PlaylistEditors,
    PlaylistRole,
)
from veza.domains.music.playlists.queries import editor_records
from veza.domains.music.playlists.service.playlists import (
    find_visible,
    get_playlist,
    lock_own,
    lock_visible,
)
from veza.domains.relationships import shared_queries as relationship_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def list_editors(conn: Conn, playlist_id: PlaylistId, member: Member) -> PlaylistEditors:
    """Return the editors and invited members, to the owner and to those. Raises NotAnEditor."""
    playlist = await find_visible(conn, playlist_id, member)
    if playlist.role is None:
        raise NotAnEditor
    return PlaylistEditors(await editor_records.list_editors(conn, playlist_id))


async def invite(
    tx: Tx, playlist_id: PlaylistId, owner: Member, user_id: UserId
) -> PlaylistEditors:
    """Invite a member to edit the owner's playlist; twice is the same as once.

    Raises UserNotFound, CannotInvite, TooManyEditors and SmartPlaylist.
    """
    playlist = rules.ensure_own(await find_visible(tx, playlist_id, owner))
    if playlist.rules is not None:
        raise SmartPlaylist
    if user_id == owner.id or await relationship_queries.are_blocked(tx, owner.id, user_id):
        raise CannotInvite
    # Before the playlist, in the same order as the deletion of an account.
    if not await editor_records.lock_member(tx, user_id):
        raise UserNotFound
    await lock_own(tx, playlist_id, owner)
    is_new = await editor_records.upsert_editor(tx, playlist_id, user_id)
    if await editor_records.count_editors(tx, playlist_id) > MAX_EDITORS:
        raise TooManyEditors
    if is_new:
        await emit(tx, PlaylistEditorInvited(playlist_id, owner.id, user_id))
    return PlaylistEditors(await editor_records.list_editors(tx, playlist_id))


async def accept(tx: Tx, playlist_id: PlaylistId, member: Member, urls: UrlBuilder) -> Playlist:
    """Accept an invitation; twice is the same as once. Raises EditorNotFound if there is none."""
    playlist = await lock_visible(tx, playlist_id, member)
    if playlist.role not in {PlaylistRole.INVITED, PlaylistRole.EDITOR}:
        raise EditorNotFound
    if await editor_records.update_accepted(tx, playlist_id, member.id):
        await emit(tx, PlaylistInvitationAccepted(playlist_id, playlist.owner_id, member.id))
    return await get_playlist(tx, playlist_id, member, urls)


async def remove_editor(tx: Tx, playlist_id: PlaylistId, member: Member, user_id: UserId) -> None:
    """Remove an editor or withdraw an invitation, as the owner; or leave or decline oneself."""
    playlist = await lock_visible(tx, playlist_id, member)
    if playlist.role is not PlaylistRole.OWNER and user_id != member.id:
        raise NotYourPlaylist
    if not await editor_records.delete_editor(tx, playlist_id, user_id):
        raise EditorNotFound
