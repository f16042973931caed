"""Shows a playlist with its cover, owner and the viewer's role."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.palettes import read_palette
from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.takedowns import chosen_visibility, show_taken_down
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.images import rules as image_rules
from veza.domains.music.playlists.models.playlists import Playlist, StoredPlaylist
from veza.domains.music.playlists.queries import covers
from veza.infra.postgres.database import Conn


async def show_playlists(
    conn: Conn, found: Sequence[StoredPlaylist], viewer: Member | None, urls: UrlBuilder
) -> list[Playlist]:
    """Return the responses for playlists: those without a cover have one of their tracks' covers.

    It takes one query. The tracks of smart ones are not searched.
    """
    bare = [one.id for one in found if one.cover_image_id is None and one.rules is None]
    viewer_id = viewer and viewer.id
    covered = set(await covers.list_with_cover(conn, bare, viewer_id) if bare else [])
    return [show_playlist(one, urls, has_mosaic=one.id in covered) for one in found]


def show_playlist(
    playlist: StoredPlaylist, urls: UrlBuilder, *, has_mosaic: bool = False
) -> Playlist:
    """Return the response for a playlist; `has_mosaic` if the covers of its tracks are shown."""
    return Playlist(
        id=playlist.id,
        title=playlist.title,
        description=playlist.description,
        owner=show_named_member(playlist.owner_id, playlist.username, playlist.appearance),
        visibility=chosen_visibility(playlist),
        cover_url=_find_cover_url(playlist, urls, has_mosaic=has_mosaic),
        cover_palette=read_palette(playlist.cover_palette),
        cover_placeholder=playlist.cover_placeholder,
        rules=playlist.rules,
        tracks_count=playlist.tracks_count if playlist.rules is None else None,
        duration_seconds=playlist.duration_ms / 1000 if playlist.rules is None else None,
        role=playlist.role,
        created_at=playlist.created_at,
        updated_at=playlist.updated_at,
        taken_down=show_taken_down(playlist.taken_down, urls.base),
    )


def _find_cover_url(playlist: StoredPlaylist, urls: UrlBuilder, *, has_mosaic: bool) -> str | None:
    is_public = playlist.visibility is Visibility.PUBLIC
    if playlist.cover_image_id is not None:
        return image_rules.url_of(playlist.cover_image_id, urls, is_public=is_public)
    if not has_mosaic:
        return None
    query = "" if is_public else urls.signed_query(Resource.PLAYLIST, playlist.id)
    return f"{urls.base}/playlists/{playlist.id}/cover{query}"
