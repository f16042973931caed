"""`/playlists/{id}/editors`: owners invite, members accept, leave or are removed."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import PlaylistId, UserId
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.music.playlists import errors
from veza.domains.music.playlists.models.playlists import Playlist, PlaylistEditors, RemovedEditor
from veza.domains.music.playlists.service import editors
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.security.signed_urls import urls_of


@get(
    "/playlists/{playlist_id:uuid}/editors",
    access=Access.USER,
    scope=Scope.READ,
    errors=[errors.PlaylistNotFound, errors.NotAnEditor],
)
async def list_playlist_editors(
    request: AnyRequest, playlist_id: FromPath[UUID], conn: Conn
) -> PlaylistEditors:
    """List the editors of a playlist and the invited members, if you are one of them."""
    return await editors.list_editors(conn, PlaylistId(playlist_id), viewer_of(request))


@put(
    "/playlists/{playlist_id:uuid}/editors/{user_id:uuid}",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    errors=[
        errors.PlaylistNotFound,
        errors.NotYourPlaylist,
        errors.CannotInvite,
        errors.SmartPlaylist,
        errors.TooManyEditors,
        UserNotFound,
    ],
)
async def invite_playlist_editor(
    request: AnyRequest, playlist_id: FromPath[UUID], user_id: FromPath[UUID], tx: Tx
) -> PlaylistEditors:
    """Invite a member to edit your playlist. They can see it at once, and edit it once accepted."""
    return await editors.invite(tx, PlaylistId(playlist_id), viewer_of(request), UserId(user_id))


@post(
    "/playlists/{playlist_id:uuid}/editors/accept",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PlaylistNotFound, errors.EditorNotFound],
)
async def accept_playlist_invitation(
    request: AnyRequest, playlist_id: FromPath[UUID], tx: Tx
) -> Playlist:
    """Accept an invitation to edit a playlist. To decline it, remove yourself as an editor."""
    return await editors.accept(tx, PlaylistId(playlist_id), viewer_of(request), urls_of(request))


@delete(
    "/playlists/{playlist_id:uuid}/editors/{user_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.PlaylistNotFound, errors.NotYourPlaylist, errors.EditorNotFound],
)
async def remove_playlist_editor(
    request: AnyRequest, playlist_id: FromPath[UUID], user_id: FromPath[UUID], tx: Tx
) -> RemovedEditor:
    """Remove an editor or an invitation from your playlist, or leave a playlist yourself."""
    removed = UserId(user_id)
    await editors.remove_editor(tx, PlaylistId(playlist_id), viewer_of(request), removed)
    return RemovedEditor(removed)


router = Router(
    "/",
    route_handlers=[
        list_playlist_editors,
        invite_playlist_editor,
        accept_playlist_invitation,
        remove_playlist_editor,
    ],
    tags=["playlists"],
    opt={"right": Right.PUBLISH},
)
