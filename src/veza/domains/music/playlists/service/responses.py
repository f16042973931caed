"""Shows a playlist with its cover, owner and the viewer's role."""

from veza.core.palettes import read_palette
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import show_named_member
from veza.domains.images import rules as image_rules
from veza.domains.music.playlists.models.playlists import Playlist, StoredPlaylist


def show_playlist(playlist: StoredPlaylist, urls: UrlBuilder) -> Playlist:
    """Return the response for a playlist."""
    cover = playlist.cover_image_id
    is_public = playlist.visibility is Visibility.PUBLIC
    return Playlist(
        id=playlist.id,
        title=playlist.title,
        description=playlist.description,
        owner=show_named_member(playlist.owner_id, playlist.username, playlist.appearance),
        visibility=playlist.visibility,
        cover_url=None if cover is None else image_rules.url_of(cover, urls, is_public=is_public),
        cover_palette=read_palette(playlist.cover_palette),
        cover_placeholder=playlist.cover_placeholder,
        rules=playlist.rules,
        tracks_count=playlist.tracks_count if playlist.rules is None else None,
        duration_seconds=playlist.duration_ms / 1000 if playlist.rules is None else None,
        role=playlist.role,
        created_at=playlist.created_at,
        updated_at=playlist.updated_at,
    )
