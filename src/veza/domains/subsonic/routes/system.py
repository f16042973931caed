"""Answers about the server and the account, and lists that are always empty."""

from veza.core.errors import Forbidden
from veza.core.profiles import Right, may
from veza.domains.subsonic.models.system import (
    ApiExtension,
    License,
    MusicFolder,
    MusicFolders,
    PlayerLyrics,
    PlayerUser,
    ScanStatus,
    TokenInfo,
)
from veza.domains.subsonic.queries.songs import estimate_songs
from veza.domains.subsonic.routes.call import Answered, Call, Endpoint
from veza.domains.subsonic.rules.ids import ROOT_ID
from veza.domains.subsonic.service import lyrics
from veza.http.expensive import SEARCH
from veza.infra.media.transcoder import Transcoder

# Only what holds for every song and every request.
_EXTENSIONS = {
    "formPost": [1],
    "apiKeyAuthentication": [1],
    "indexBasedQueue": [1],
    "playbackReport": [1],
    "songLyrics": [1, 2],
    "topSongsByArtistId": [1],
}
_TRANSCODING_EXTENSIONS = {"transcodeOffset": [1], "transcoding": [1]}


async def ping(_call: Call) -> Answered:
    """Return nothing: the credentials are right."""
    return None


async def get_license(_call: Call) -> Answered:
    """Return that the server has a licence."""
    return License(valid=True)


async def get_extensions(call: Call) -> Answered:
    """Return the extensions that this server implements."""
    made = _TRANSCODING_EXTENSIONS if call.find(Transcoder).is_on else {}
    extensions = (_EXTENSIONS | made).items()
    return [ApiExtension(name=name, versions=versions) for name, versions in extensions]


async def get_token_info(call: Call) -> Answered:
    """Return to whom the app password belongs."""
    return TokenInfo(username=call.viewer.username)


async def get_user(call: Call) -> Answered:
    """Return the member themselves. Raises Forbidden for others."""
    wanted = call.parameters.find("username") or call.viewer.username
    if wanted.casefold() != call.viewer.username.casefold():
        raise Forbidden("You may only ask for yourself.")
    member = call.viewer.member
    publishes = member.acts_as is None or may(member.profile_role, Right.PUBLISH)
    return PlayerUser(
        username=call.viewer.username,
        scrobbling_enabled=True,
        admin_role=False,
        settings_role=False,
        download_role=True,
        upload_role=False,
        playlist_role=publishes,
        cover_art_role=False,
        comment_role=False,
        podcast_role=False,
        stream_role=True,
        jukebox_role=False,
        share_role=publishes,
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
    """Return the lyrics of a song that is named by artist and title; empty if there are none."""
    given = call.parameters
    artist = given.find("artist") or ""
    title = given.find("title") or ""
    async with call.reading() as conn:
        text = await lyrics.find_text(conn, call.viewer, artist, title)
    return PlayerLyrics(artist=artist, title=title, value=text)


async def get_lyrics_of_song(call: Call) -> Answered:
    """Return the lyrics of a song, line by line. Raises ItemNotFound."""
    is_enhanced = call.parameters.flag("enhanced") is True
    async with call.reading() as conn:
        return await lyrics.get_lyrics(conn, call.viewer, call.track_id(), is_enhanced=is_enhanced)


ENDPOINTS = {
    "ping": Endpoint(ping),
    "getLicense": Endpoint(get_license, "license"),
    "getOpenSubsonicExtensions": Endpoint(get_extensions, "openSubsonicExtensions"),
    "tokenInfo": Endpoint(get_token_info, "tokenInfo"),
    "getUser": Endpoint(get_user, "user"),
    "getMusicFolders": Endpoint(get_music_folders, "musicFolders"),
    "getScanStatus": Endpoint(get_scan_status, "scanStatus"),
    "startScan": Endpoint(get_scan_status, "scanStatus"),
    "getLyrics": Endpoint(get_lyrics, "lyrics", expensive=SEARCH),
    "getLyricsBySongId": Endpoint(get_lyrics_of_song, "lyricsList"),
}
