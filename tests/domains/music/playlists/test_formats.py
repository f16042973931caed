"""Playlist files: written, read again, and refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.domains.music.playlists import formats
from veza.domains.music.playlists.errors import PlaylistFileTooLarge, UnreadablePlaylist
from veza.domains.music.playlists.models.files import FileTrack, PlaylistFile, PlaylistFormat

# Words that every format can express: XML has no control characters, M3U no line breaks.
WORDS = st.text(st.characters(categories=["L", "N"], include_characters="&<>\"'äß中🎵"), min_size=1)
TRACKS = st.builds(
    FileTrack,
    title=WORDS,
    artist=WORDS,
    duration_ms=st.integers(0, 10_000).map(lambda seconds: seconds * 1000),
    url=WORDS.map(lambda word: f"https://music.example/{word}"),
)


@pytest.mark.long
@pytest.mark.parametrize("form", [PlaylistFormat.XSPF, PlaylistFormat.JSPF])
@given(file=st.builds(PlaylistFile, title=WORDS, tracks=st.lists(TRACKS, max_size=5)))
def test_a_written_file_is_read_as_it_was(form, file):
    assert formats.read(b"".join(formats.write(file, form)), form) == file


@given(file=st.builds(PlaylistFile, title=WORDS, tracks=st.lists(TRACKS, max_size=5)))
def test_m3u_joins_artist_and_title(file):
    raw = b"".join(formats.write(file, PlaylistFormat.M3U8))
    read = formats.read(raw, PlaylistFormat.M3U8)

    assert read.title == file.title
    assert [(track.title, track.duration_ms, track.url) for track in read.tracks] == [
        (f"{track.artist} - {track.title}", track.duration_ms, track.url) for track in file.tracks
    ]


def test_m3u_of_other_programs_is_read():
    raw = (
        b'\xef\xbb\xbf#EXTM3U\r\n#EXTINF:123.4 tvg-id="x",Maya - Night Ferry\r\n'
        b"#EXTALB:Harbour\r\nhttp://a.example/1.mp3\r\n\r\nC:\\Music\\Second Song.flac\r\n"
        b"#EXTINF:-1,Radio\r\nhttp://b.example/\r\n"
    )
    tracks = formats.read(raw, PlaylistFormat.M3U8).tracks
    assert [(track.title, track.duration_ms) for track in tracks] == [
        ("Maya - Night Ferry", 123_400),
        ("Second Song", None),
        ("Radio", None),
    ]
    assert formats.read("#EXTINF:1,Caf\xe9\nx".encode("latin-1"), PlaylistFormat.M3U8).tracks == [
        FileTrack("Café", None, 1000, "x")
    ]


def test_xspf_without_a_namespace_and_jspf_with_single_locations_are_read():
    xspf = (
        b"<playlist><title>T</title><trackList><track><identifier>urn:1</identifier>"
        b"<title>A</title></track></trackList></playlist>"
    )
    jspf = msgspec.json.encode({"playlist": {"track": [{"title": "A", "location": "urn:1"}]}})
    expected = [FileTrack("A", None, None, "urn:1")]
    assert formats.read(xspf, PlaylistFormat.XSPF) == PlaylistFile("T", expected)
    assert formats.read(jspf, PlaylistFormat.JSPF) == PlaylistFile(None, expected)


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        ("xspf", b""),
        ("xspf", b"not xml"),
        ("xspf", b"<html></html>"),
        ("xspf", b"<playlist><trackList>"),
        ("xspf", b'<!DOCTYPE p [<!ENTITY a "aaaa">]><playlist><title>&a;</title></playlist>'),
        ("xspf", b'<!DOCTYPE p SYSTEM "http://x.example/"><playlist/>'),
        ("xspf", b'<?xml version="1.0" encoding="no-such"?><playlist/>'),
        ("jspf", b""),
        ("jspf", b"{}"),
        ("jspf", b"[]"),
        ("jspf", b'{"playlist": {"track": [{"title": 7}]}}'),
        ("jspf", b"\xff\xfe"),
        ("jspf", b"[" * 100_000),
        ("jspf", b'{"playlist": {"track": [], "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"),
        ("jspf", b'{"playlist": {"x": ' + b'{"x": ' * 100_000 + b"7" + b"}" * 100_002),
        ("xspf", b"<playlist " + b" ".join(b"a%d='>'" % n for n in range(20_000)) + b"/>"),
        ("xspf", b"<playlist>" + b"<a>" * 40 + b"</a>" * 40 + b"</playlist>"),
    ],
)
def test_what_is_no_playlist_is_refused(form, raw):
    with pytest.raises(UnreadablePlaylist):
        formats.read(raw, PlaylistFormat(form))


def test_files_have_a_maximum_of_bytes_and_tracks():
    for form in PlaylistFormat:
        with pytest.raises(PlaylistFileTooLarge):
            formats.read(b" " * (4 * 1024 * 1024 + 1), form)
    track = FileTrack("A", None, None, "x")
    for form in PlaylistFormat:
        raw = b"".join(formats.write(PlaylistFile(None, [track] * 10_001), form))
        with pytest.raises(PlaylistFileTooLarge):
            formats.read(raw, form)


@pytest.mark.long
@pytest.mark.parametrize(
    ("form", "raw"),
    [
        ("xspf", b"<playlist><trackList>" + b"<track/>" * 10_001 + b"<"),
        ("xspf", b"<playlist>" + b"<a/>" * 200_001 + b"<"),
        ("jspf", b'{"playlist": {"track": [' + b"{}," * 200_001),
    ],
)
def test_nothing_is_read_beyond_the_maximum(form, raw):
    """The end of the file is broken: that goes unnoticed."""
    with pytest.raises(PlaylistFileTooLarge):
        formats.read(raw, PlaylistFormat(form))


def test_the_rest_of_a_long_line_is_ignored():
    raw = b"#EXTINF:1" + b" " * 5000 + b",A\nx\n#EXTINF:1" + b" " * 4000 + b",B\nx\n"
    titles = [track.title for track in formats.read(raw, PlaylistFormat.M3U8).tracks]
    assert titles == ["x", "B"]
    assert len(formats.read(b"#EXTINF:" + b"1" * 1_000_000, PlaylistFormat.M3U8).tracks) == 0
    assert formats.read(b"\n" * 1_000_000 + b"x", PlaylistFormat.M3U8).tracks[0].url == "x"


def test_nul_and_endless_texts_are_cut():
    raw = msgspec.json.encode({"playlist": {"track": [{"title": "a\0b" + "x" * 10_000}]}})
    [track] = formats.read(raw, PlaylistFormat.JSPF).tracks
    assert track.title.startswith("abx")
    assert len(track.title) == 500


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("audio/x-mpegurl", "m3u8"),
        ("Application/XSPF+XML; charset=utf-8", "xspf"),
        ("application/json", "jspf"),
        ("", None),
        ("multipart/form-data", None),
    ],
)
def test_the_media_type_names_the_format(media_type, expected):
    assert formats.find_format(media_type) == expected
