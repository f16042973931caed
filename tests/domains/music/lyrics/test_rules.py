"""LRC is read as programs write it, and written in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.errors import Invalid
from veza.domains.music.lyrics import rules
from veza.domains.music.lyrics.models import LyricsForm, StoredLyrics


@pytest.mark.parametrize(
    ("text", "lrc"),
    [
        ("[00:12.40]One\n[00:17.00]Two", "[00:12.40]One\n[00:17.00]Two"),
        ("[00:17]Two\r\n[00:12.4] One ", "[00:12.40]One\n[00:17.00]Two"),
        ("[1:02:345]One", "[01:02.345]One"),
        ("[00:01.00][00:03.00]Again\n[00:02.00]", "[00:01.00]Again\n[00:02.00]\n[00:03.00]Again"),
        ("\ufeff[ar:Ada]\n[length: 03:12]\n[#]\n\n[00:01.00]One", "[00:01.00]One"),
        ("[offset:+500]\n[00:01.00]One\n[00:00.20]Zero", "[00:00.00]Zero\n[00:00.50]One"),
        ("[00:01.00]One\n[offset:-9999999]", "[166:40.999]One"),
        ("[00:01.00]<00:01.00> One <00:01.50> word", "[00:01.00]One word"),
        ("[999:59.999]Late\n[offset:-1]", "[999:59.999]Late"),
    ],
)
def test_lrc_has_one_form(text, lrc):
    assert rules.write_lrc(rules.parse_lrc(text)) == lrc
    assert rules.write_lrc(rules.parse_lrc(lrc)) == lrc


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one line"),
        ("[00:01.00]\n[ar:Ada]", "at least one line"),
        ("[00:01.00]One\nTwo", "Line 2 has no time"),
        ("[00:61.00]One", "Line 1 has no time"),
        ("[٠٠:01.00]One", "Line 1 has no time"),
        ("[00:01]x\n" * (rules.MAX_LINES + 1), "5,000 lines"),
        ("[00:01]" * 1000 + "x" * 1000, "64 KiB"),
    ],
)
def test_what_is_no_lrc_is_refused_with_the_line(text, message):
    with pytest.raises(Invalid) as refused:
        rules.parse_lrc(text)

    [detail] = refused.value.details
    assert detail.field == "synced"
    assert message in detail.message


LINES = st.lists(
    st.tuples(st.integers(0, 999), st.integers(0, 59), st.integers(0, 999), st.text(max_size=20)),
    max_size=30,
)


@given(LINES)
def test_what_was_written_is_read_again_unchanged(lines):
    text = "\n".join(f"[{m}:{s}.{f:03d}]{words}" for m, s, f, words in lines)
    try:
        parsed = rules.parse_lrc(text)
    except Invalid:
        return

    assert rules.parse_lrc(rules.write_lrc(parsed)) == parsed
    assert parsed == sorted(parsed, key=lambda line: line.start_ms)


@pytest.mark.parametrize(
    ("plain", "synced", "stored"),
    [
        ("One\r\nTwo", None, StoredLyrics("One\nTwo", None)),
        ("One", "[00:01]One", StoredLyrics("One", "[00:01.00]One")),
        # Some programs write LRC as plain lyrics.
        ("[00:01]One", None, StoredLyrics(None, "[00:01.00]One")),
        ("One", "no lrc", StoredLyrics("One", None)),
        (None, "no lrc", None),
        ("[Chorus]\nOne", None, StoredLyrics("[Chorus]\nOne", None)),
        (" \n", None, None),
        ("é" * 40_000, None, None),
        ("é" * 40_000, "[00:01]One", StoredLyrics(None, "[00:01.00]One")),
        (None, None, None),
    ],
)
def test_lyrics_of_a_file_are_taken_as_far_as_they_are_valid(plain, synced, stored):
    assert rules.read_embedded(plain, synced) == stored


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (LyricsForm(), "plain"),
        (LyricsForm(plain=" \n "), "plain"),
        (LyricsForm(plain="é" * 40_000), "plain"),
        (LyricsForm(plain="One", synced="One"), "synced"),
    ],
)
def test_a_wrong_form_is_refused_by_its_field(form, field):
    with pytest.raises(Invalid) as refused:
        rules.clean_form(form)

    assert [detail.field for detail in refused.value.details] == [field]


def test_synchronised_lyrics_alone_are_shown_as_text_too():
    shown = rules.show_lyrics(StoredLyrics(None, "[00:01.50]One\n[00:02.00]Two"))

    assert shown.plain == "One\nTwo"
    assert [(line.start_seconds, line.text) for line in shown.lines] == [(1.5, "One"), (2, "Two")]
