"""Rules of shows: transcripts, chapters, and the guid of a feed."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.errors import Invalid
from veza.domains.shows.models.episodes import Chapter, Cue
from veza.domains.shows.models.shows import ShowForm
from veza.domains.shows.rules.episodes import clean_chapters
from veza.domains.shows.rules.shows import ensure_moved_away, make_guid
from veza.domains.shows.service import transcripts

SRT = (
    "1\r\n00:00:00,000 --> 00:00:04,000\r\nWelcome <i>all</i>.\r\n\r\n"
    "2\r\n00:00:04,5 --> 00:00:06,0\r\nTwo\r\nlines\r\n"
)
VTT = """WEBVTT - a title

NOTE not said

STYLE
::cue { color: red }

intro
00:01.500 --> 00:03.000 align:start
<v Ada>AT&amp;T &lt;said&gt;

01:00:00.000 --> 01:00:01.000
Late"""


def read(content: str) -> list[Cue]:
    return asyncio.run(transcripts.read_cues(content))


def write(cues: list[Cue]) -> str:
    return asyncio.run(transcripts.write_vtt(cues))


def test_both_formats_are_read() -> None:
    assert read(SRT) == [Cue(0, 4, "Welcome all."), Cue(4.5, 6, "Two lines")]
    assert read("\ufeff" + VTT) == [
        Cue(1.5, 3, "AT&T <said>", "Ada"),
        Cue(3600, 3601, "Late"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "Hello",
        "WEBVTT",
        "WEBVTT\n\n00:01.000 -> 00:02.000\nHi",
        "1\n00:00:09,000 --> 00:00:04,000\nBack",
        "WEBVTT\n\n999:00:01.000 --> 999:00:02.000\nLong",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<i></i>",
        "\n\n".join(["WEBVTT", *["00:01.000 --> 00:02.000\nHi"] * 20_001]),
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "é" * 600_000,
    ],
)
def test_what_is_no_transcript_is_refused(content: str) -> None:
    with pytest.raises(Invalid):
        write(read(content))


_WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=20)
_CUES = st.builds(
    lambda start, length, text, speaker: Cue(start / 1000, (start + length) / 1000, text, speaker),
    st.integers(0, 10_000_000),
    st.integers(0, 10_000),
    _WORDS,
    st.none() | _WORDS,
)


@given(st.lists(_CUES, min_size=1, max_size=5))
def test_what_is_written_is_read_again(cues: list[Cue]) -> None:
    ordered = sorted(cues, key=lambda cue: (cue.start_seconds, cue.end_seconds))

    assert read(write(ordered)) == ordered


def test_chapters_are_sorted_and_at_different_times() -> None:
    late, early = Chapter(60.00049, " Tape  loops "), Chapter(0, "Hello", "https://A.example/x")

    assert clean_chapters([late, early]) == [
        Chapter(0, "Hello", "https://a.example/x"),
        Chapter(60, "Tape loops"),
    ]
    for wrong in (
        [late, Chapter(60, "Again")],
        [Chapter(0, " ")],
        [Chapter(0, "x", "javascript:a")],
    ):
        with pytest.raises(Invalid):
            clean_chapters(wrong)


def test_the_guid_is_that_of_the_namespace() -> None:
    # The example of the specification of `podcast:guid`.
    found = make_guid("https://mp3s.nashownotes.com/pc20rss.xml")

    assert found == UUID("917393e3-1b1e-5cef-ace4-edaa54e1f810")


def test_a_feed_does_not_send_its_readers_to_itself() -> None:
    own = "https://music.example/feeds/shows/1.xml"
    for moved in (own, f"{own}?a=b"):
        with pytest.raises(Invalid):
            ensure_moved_away(ShowForm("A", moved_to=moved), own)
    ensure_moved_away(ShowForm("A", moved_to="https://other.example/1.xml"), own)
