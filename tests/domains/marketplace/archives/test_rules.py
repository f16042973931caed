"""Names of files, and what is offered."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from veza.core.ids import ReleaseId, TrackId, new_id
from veza.domains.marketplace.archives import errors, rules
from veza.domains.marketplace.archives.models import ArchivedTrack, ReleaseState
from veza.domains.marketplace.products.models.files import ArchiveFormat


def _track(disc, number, title):
    return ArchivedTrack(
        id=TrackId(new_id()),
        disc=disc,
        number=number,
        title=title,
        genre=None,
        isrc=None,
        year=None,
        bpm=None,
        musical_key=None,
        duration_ms=1000,
        sample_rate=44_100,
        channels=2,
        kind="flac",
        size_bytes=1,
        has_cover=False,
    )


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Night Ferry", "Night Ferry"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        ("  dots. . ", "dots"),
        ("...", "Track"),
        ("tab\tand\nline\x00", "tabandline"),
        # Text that is shown from right to left could hide the real ending.
        ("song\u202egpj", "songgpj"),
        ("e\u0301", "é"),
        ("夜の渡し船", "夜の渡し船"),
        ("🌊" * 100, "🌊" * 45),
        ("", "Track"),
    ],
)
def test_names_are_safe(title, name):
    assert rules.clean_name(title, "Track") == name


@settings(max_examples=50)
@given(st.text())
def test_any_title_becomes_a_file_name(title):
    name = rules.clean_name(title, "Track")
    assert name
    assert len(name.encode()) <= 180
    assert not set(name) & set('<>:"/\\|?*')
    assert name == name.strip(" .")
    assert name.isprintable()
    assert unicodedata.is_normalized("NFC", name)


def test_tracks_of_several_discs_are_in_folders():
    tracks = [_track(1, 1, "A"), _track(2, 1, "A")]
    assert [rules.track_path(track, tracks) for track in tracks] == ["Disc 1/01 A", "Disc 2/01 A"]


def test_numbers_are_as_long_as_the_highest():
    tracks = [_track(1, 7, "CON"), _track(1, 123, "B")]
    assert [rules.track_path(track, tracks) for track in tracks] == ["007 CON", "123 B"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"processing_count": 1}, errors.ReleaseInProcessing),
        ({"tracks_count": 0}, errors.ReleaseEmpty),
        ({"lossy_count": 1}, errors.NotLossless),
        ({"duration_ms": 86_400_001}, errors.ArchiveTooLarge),
    ],
)
def test_a_release_that_was_changed_says_why_it_is_not_built(change, reason):
    state = ReleaseState(ReleaseId(new_id()), "", "Night Ferry", "Ann", 1, 0, 0, 4, 86_400_000)
    why = rules.why_not_built(structs.replace(state, **change), ArchiveFormat.FLAC)
    assert why == (reason and reason.message)
