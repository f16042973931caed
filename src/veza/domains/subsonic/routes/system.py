"""Endpoints about the server and the account, and those that are always empty."""

from veza.core.errors import Forbidden
from veza.domains.subsonic.models.system import (
    ApiExtension,
    License,
    LyricsList,
    MusicFolder,
    MusicFolders,
    NewestPodcasts,
    PlainLyrics,
    PlayerUser,
    Podcasts,
    RadioStations,
    ScanStatus,
    Shares,
    TokenInfo,
)
from veza.domains.subsonic.queries.songs import estimate_songs
from veza.domains.subsonic.routes.call import Answered, Call, Endpoint
from veza.domains.subsonic.rules.ids import ROOT_ID
from veza.domains.subsonic.service import songs

# Only what holds for every song and every request.
EXTENSIONS = [
    ApiExtension(name=name, versions=[1])
    for name in (
        "formPost",
        "apiKeyAuthentication",
        "indexBasedQueue",
        "playbackReport",
        "topSongsByArtistId",
    )
]


async def ping(_call: Call) -> Answered:
    """Return nothing: the credentials are right."""
    return None


async def get_license(_call: Call) -> Answered:
    """Return that the server has a licence."""
    return License(valid=True)


async def get_extensions(_call: Call) -> Answered:
    """Return the extensions that this server implements."""
    return EXTENSIONS


async def get_token_info(call: Call) -> Answered:
    """Return to whom the app password belongs."""
    return TokenInfo(username=call.viewer.username)


async def get_user(call: Call) -> Answered:
    """Return the member themselves. Raises Forbidden for others."""
    wanted = call.parameters.find("username") or call.viewer.username
    if wanted.casefold() != call.viewer.username.casefold():
        raise Forbidden("You may only ask for yourself.")
    return PlayerUser(
        username=call.viewer.username,
        scrobbling_enabled=True,
        admin_role=False,
        settings_role=False,
        download_role=True,
        upload_role=False,
        playlist_role=True,
        cover_art_role=False,
        comment_role=False,
        podcast_role=False,
        stream_role=True,
        jukebox_role=False,
        share_role=False,
        video_conversion_role=False,
        folder=[ROOT_ID],
    )


async def get_music_folders(_call: Call) -> Answered:
    """Return the only music folder."""
    return MusicFolders(music_folder=[MusicFolder(id=ROOT_ID, name="Music")])


async def get_scan_status(call: Call) -> Answered:
    """Return that nothing is being scanned: tracks appear when they are processed."""
    async with call.reading() as conn:
        return ScanStatus(scanning=False, count=await estimate_songs(conn))


async def get_lyrics(call: Call) -> Answered:
    """Return no lyrics."""
    return PlainLyrics(
        artist=call.parameters.find("artist"), title=call.parameters.find("title"), value=""
    )


async def get_lyrics_of_song(call: Call) -> Answered:
    """Return that a song has no lyrics. Raises ItemNotFound."""
    async with call.reading() as conn:
        await songs.get_row(conn, call.viewer, call.track_id())
    return LyricsList(structured_lyrics=[])


async def get_shares(_call: Call) -> Answered:
    """Return no shares."""
    return Shares(share=[])


async def get_radio_stations(_call: Call) -> Answered:
    """Return no radio stations."""
    return RadioStations(internet_radio_station=[])


async def get_podcasts(_call: Call) -> Answered:
    """Return no podcasts."""
    return Podcasts(channel=[])


async def get_newest_podcasts(_call: Call) -> Answered:
    """Return no episodes."""
    return NewestPodcasts(episode=[])


ENDPOINTS = {
    "ping": Endpoint(ping),
    "getLicense": Endpoint(get_license, "license"),
    "getOpenSubsonicExtensions": Endpoint(get_extensions, "openSubsonicExtensions"),
    "tokenInfo": Endpoint(get_token_info, "tokenInfo"),
    "getUser": Endpoint(get_user, "user"),
    "getMusicFolders": Endpoint(get_music_folders, "musicFolders"),
    "getScanStatus": Endpoint(get_scan_status, "scanStatus"),
    "startScan": Endpoint(get_scan_status, "scanStatus"),
    "getLyrics": Endpoint(get_lyrics, "lyrics"),
    "getLyricsBySongId": Endpoint(get_lyrics_of_song, "lyricsList"),
    "getShares": Endpoint(get_shares, "shares"),
    "getInternetRadioStations": Endpoint(get_radio_stations, "internetRadioStations"),
    "getPodcasts": Endpoint(get_podcasts, "podcasts"),
    "getNewestPodcasts": Endpoint(get_newest_podcasts, "newestPodcasts"),
}
