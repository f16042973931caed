"""The decisions about sound, with plain values."""

import struct
from datetime import UTC, datetime
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from veza.core.ids import TrackId, UserId
from veza.core.visibility import TrackStatus, Visibility
from veza.domains.music.audio import rules
from veza.domains.music.audio.models import StoredMedia

MEDIA = StoredMedia(
    track_id=TrackId(uuid4()),
    owner_id=UserId(uuid4()),
    title="Night Ferry",
    visibility=Visibility.PUBLIC,
    tier_id=None,
    downloadable=False,
    status=TrackStatus.READY,
    duration_ms=61_000,
    has_cover=False,
    filename="ferry.flac",
    original_kind="flac",
    original_size=1,
    original_hash="0" * 64,
    stream_size=1,
    preview_size=1,
    cover_size=None,
    attempts=1,
    uploaded_at=datetime(2026, 5, 4, tzinfo=UTC),
    is_hidden=False,
)


def test_the_original_is_for_its_owner_or_for_all_where_downloadable():
    offered = structs.replace(MEDIA, downloadable=True)

    assert rules.can_download(MEDIA, MEDIA.owner_id)
    assert not rules.can_download(MEDIA, UserId(uuid4()))
    assert not rules.can_download(MEDIA, None)
    assert rules.can_download(offered, None)


@pytest.mark.parametrize(
    "path",
    [
        "master.m3u8",
        "128k/index.m3u8",
        "256k/index.m3u8",
        "128k/init.mp4",
        "256k/s000.m4s",
        "256k/s123456.m4s",
    ],
)
def test_what_the_ladder_holds_has_a_path(path):
    assert rules.is_hls_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/master.m3u8",
        "master.m3u8\n",
        "master.m3u8/",
        "../original",
        "128k/../../original",
        "128k/..%2f..%2foriginal",
        "128k\\index.m3u8",
        "64k/index.m3u8",
        "128k/s00.m4s",
        "128k/s0000000.m4s",
        "128k/s٠٠٠.m4s",
        "128k/s000.m4s\x00",
        "MASTER.M3U8",
        "original",
    ],
)
def test_nothing_else_has_a_path(path):
    assert not rules.is_hls_path(path)


MASTER = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=130000,CODECS="mp4a.40.2"
128k/index.m3u8
"""
INDEX = """#EXTM3U
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6.000000,
s000.m4s
#EXT-X-ENDLIST
"""


def test_a_signature_is_passed_on_to_all_that_a_playlist_names():
    query = "expires=1&signature=a-_b"

    assert rules.sign_playlist(MASTER, query) == MASTER.replace(
        "128k/index.m3u8", f"128k/index.m3u8?{query}"
    )
    assert rules.sign_playlist(INDEX, query) == INDEX.replace(
        "init.mp4", f"init.mp4?{query}"
    ).replace("s000.m4s", f"s000.m4s?{query}")


@pytest.mark.parametrize("query", [r"signature=x&a=\1", r"signature=x&a=\g<9>", r"a=\q"])
def test_a_query_with_backslashes_stays_what_it_is(query):
    assert f'URI="init.mp4?{query}"' in rules.sign_playlist(INDEX, query)


def peaks_of(numbers):
    return struct.pack("<1000H", *numbers)


def test_peaks_are_shown_from_nought_to_one():
    shown = rules.show_waveform(peaks_of([0, 65_535, 32_768] + [0] * 997), 61_234)

    assert shown.duration_seconds == 61.234
    assert shown.peaks[:3] == [0, 1, 0.5]
    assert len(shown.peaks) == 1000


@pytest.mark.long
@given(st.binary(min_size=2000, max_size=2000))
def test_a_drawn_waveform_is_a_picture_with_a_bar_for_each_peak(peaks):
    picture = ElementTree.fromstring(rules.draw_waveform(peaks))
    numbers = struct.unpack("<1000H", peaks)

    path = picture.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    bars = path.attrib["d"].split("M")[1:]
    assert len(bars) == 1000
    for number, bar in zip(numbers, bars, strict=True):
        top, height = bar.split(" ")[1].split("v")
        # Silence is a line too, and nothing leaves the picture.
        assert 2 <= int(height) <= 116
        assert int(top) == 60 - int(height) // 2
        assert abs(int(height) - number * 116 / 65_535) <= 2


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Night Ferry", "Night Ferry.wav"),
        ('Ärger "um" 3/4 Uhr 🌊', "Ärger _um_ 3_4 Uhr.wav"),
        ("../../etc/passwd", "etc_passwd.wav"),
        ("🌊", "track.wav"),
        ("...", "track.wav"),
        ("a\r\nSet-Cookie: b", "a_Set-Cookie_ b.wav"),
        ("x" * 200, "x" * 120 + ".wav"),
    ],
)
def test_a_download_is_named_after_its_track(title, name):
    assert rules.download_name(title, ".wav") == name


@given(st.text(max_size=200))
def test_no_title_makes_a_name_that_is_a_path_or_a_second_header(title):
    name = rules.download_name(title, ".wav")

    assert not set(name) & set('/\\"\r\n\x00;')
    assert name not in {".wav", "..wav"}
    assert len(name) <= 124


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("01 - Two Shores.flac", "Two Shores"),
        ("2. Night.wav", "Night"),
        ("99 Red Balloons.mp3", "Red Balloons"),
        ("1984.wav", "1984"),
        ("a_b.c.ogg", "a b.c"),
        ("tape", "tape"),
        (".wav", ".wav"),
        (" ", "Untitled"),
        ("x" * 255, "x" * 200),
    ],
)
def test_a_file_gives_its_track_a_title(filename, title):
    assert rules.title_of_file(filename) == title
