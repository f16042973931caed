"""Responses about the server and the account, and lists that are always empty."""

from datetime import datetime

from veza.domains.subsonic.models.shown import Answer, Song


class PlayerFailure(Answer, frozen=True, kw_only=True):
    """Why a request failed. `code` is one of the Subsonic API."""

    code: int
    message: str


class License(Answer, frozen=True, kw_only=True):
    """The licence of the server, which needs none."""

    valid: bool


class ApiExtension(Answer, frozen=True, kw_only=True):
    """An extension of OpenSubsonic that this server implements."""

    name: str
    versions: list[int]


class TokenInfo(Answer, frozen=True, kw_only=True):
    """The member to whom an app password belongs."""

    username: str


class MusicFolder(Answer, frozen=True, kw_only=True):
    """A music folder. Its id is a number, unlike all other ids."""

    id: int
    name: str


class MusicFolders(Answer, frozen=True, kw_only=True):
    """The only music folder."""

    music_folder: list[MusicFolder]


class ScanStatus(Answer, frozen=True, kw_only=True):
    """The state of a scan, which never runs, and the approximate number of songs."""

    scanning: bool
    count: int


class PlayerUser(Answer, frozen=True, kw_only=True):
    """The member, and what their player may offer them."""

    username: str
    scrobbling_enabled: bool
    admin_role: bool
    settings_role: bool
    download_role: bool
    upload_role: bool
    playlist_role: bool
    cover_art_role: bool
    comment_role: bool
    podcast_role: bool
    stream_role: bool
    jukebox_role: bool
    share_role: bool
    video_conversion_role: bool
    folder: list[int]


class PlayerLyrics(Answer, frozen=True, kw_only=True):
    """Lyrics without times; `value` is empty if there are none."""

    artist: str | None = None
    title: str | None = None
    value: str


class PlayerLyricsLine(Answer, frozen=True, kw_only=True):
    """A line of lyrics; `start` in ms."""

    start: int | None = None
    value: str


class StructuredLyrics(Answer, frozen=True, kw_only=True):
    """The lyrics of a song, by line."""

    lang: str
    synced: bool
    display_artist: str
    display_title: str
    line: list[PlayerLyricsLine]
    kind: str | None = None


class LyricsList(Answer, frozen=True, kw_only=True):
    """The lyrics of a song: none, plain ones, or synchronised and plain ones."""

    structured_lyrics: list[StructuredLyrics]


class PlayerQueue(Answer, frozen=True, kw_only=True):
    """The play queue of a member; `position` in ms. `current` is an id, `current_index` from 0."""

    current: str | None = None
    current_index: int | None = None
    position: int
    username: str
    changed: datetime
    changed_by: str
    entry: list[Song]


class PlayerBookmark(Answer, frozen=True, kw_only=True):
    """A position in a song, in ms."""

    position: int
    username: str
    comment: str
    created: datetime
    changed: datetime
    entry: Song


class PlayerBookmarks(Answer, frozen=True, kw_only=True):
    """The bookmarks of a member."""

    bookmark: list[PlayerBookmark]


class NowPlayingSong(Song, frozen=True, kw_only=True):
    """A song that a member plays now; `position_ms` is where it is at this moment."""

    username: str
    minutes_ago: int
    player_id: int
    player_name: str
    state: str
    position_ms: int
    playback_rate: float


class PlayersNow(Answer, frozen=True, kw_only=True):
    """The songs that the member's devices are playing."""

    entry: list[NowPlayingSong]


class PlayerShare(Answer, frozen=True, kw_only=True):
    """A share: its address, which needs no account, and its songs."""

    id: str
    url: str
    description: str
    username: str
    created: datetime
    expires: datetime | None = None
    last_visited: datetime | None = None
    visit_count: int
    entry: list[Song]


class PlayerShares(Answer, frozen=True, kw_only=True):
    """The shares of a member."""

    share: list[PlayerShare]


class RadioStation(Answer, frozen=True, kw_only=True):
    """A station on air. Its page is at `home_page_url`."""

    id: str
    name: str
    stream_url: str
    home_page_url: str


class RadioStations(Answer, frozen=True, kw_only=True):
    """The stations that are on air."""

    internet_radio_station: list[RadioStation]
