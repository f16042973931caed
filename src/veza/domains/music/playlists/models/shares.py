"""Links to unlisted playlists, as players make them."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import PlaylistId


class PlaylistShare(Struct, frozen=True):
    """A link to an unlisted playlist, whose title it has; without `expires_at` it never ends.

    `visits_count` is how often the page of the playlist was opened.
    """

    playlist_id: PlaylistId
    title: str
    expires_at: datetime | None
    visits_count: int
    last_visited_at: datetime | None
    created_at: datetime
