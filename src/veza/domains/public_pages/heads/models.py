"""The contents of the head of a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.live.models.streams import Stream
from veza.domains.music.tracks.models.tracks import Track

# In pixels; players of lists show the tracks below. They fit any size.
PLAYER_WIDTH = 600
PLAYER_HEIGHTS = {"tracks": 152, "releases": 400, "playlists": 400, "artists": 400}

# The width and height of a picture for links that the server draws.
CARD_PX = (1200, 630)


class FirstLists(Struct, frozen=True):
    """The lists of the first page, as the API shows them to anybody."""

    tracks: Sequence[Track]
    streams: Sequence[Stream]


class Player(Struct, frozen=True):
    """The embedded player of a page: its path and its usual height in pixels."""

    path: str
    height: int


class PageHead(Struct, frozen=True, kw_only=True):
    """The description of something public, for its page.

    `path` is that of the page, `kind` its type in OpenGraph. `data` describes it in the words of
    schema.org. Pages of unlisted things are not indexed. `feed_path` is that of the RSS feed,
    `audio_path` that of the audio, `card_path` that of a picture for links where there is no cover,
    `musician_paths` those of the pages of linked artists. `owner_id` is who may reserve its mining.
    An empty `image_alt` is the title. `artist_image_url` takes the place of a cover in players.
    """

    path: str
    kind: str
    title: str
    description: str
    image_url: str | None
    data: Mapping[str, Any]
    image_alt: str = ""
    artist_image_url: str | None = None
    is_indexed: bool = True
    author: str | None = None
    author_path: str = "/"
    player: Player | None = None
    has_oembed: bool = False
    feed_path: str | None = None
    card_path: str | None = None
    audio_path: str | None = None
    musician_paths: Sequence[str] = ()
    owner_id: UserId | None = None
