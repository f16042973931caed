"""Places of tracks, and proposals from tags."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.embedded_tags import EmbeddedTags, TaggedPeople
from veza.core.errors import Invalid
from veza.core.ids import TrackId, new_id
from veza.core.visibility import TrackStatus
from veza.domains.music.audio.models import FileTags, ImportedFile
from veza.domains.music.audio.rules import read_file_tags
from veza.domains.music.credits.models import ArtistForm
from veza.domains.music.releases import rules
from veza.domains.music.releases.models.forms import PlacedTrack, ReleaseForm, ReleaseKind


def _places(*given_places):
    placed = [PlacedTrack(TrackId(new_id()), disc, number) for disc, number in given_places]
    return [(track.disc, track.number) for track in rules.place_tracks(placed)]


def test_omitted_numbers_follow_the_previous_track_of_the_disc():
    assert _places((1, None), (2, None), (1, None), (2, 5), (2, None)) == [
        *((1, 1), (1, 2)),
        *((2, 1), (2, 5), (2, 6)),
    ]


def test_tracks_are_ordered_by_disc_and_number():
    assert _places((2, 2), (1, 9), (2, 1), (1, 3)) == [(1, 3), (1, 9), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    "places", [[(1, 1), (1, 1)], [(1, 2), (1, 1), (1, None)], [(1, 999), (1, None)]]
)
def test_a_number_is_used_once_and_ends_at_999(places):
    with pytest.raises(Invalid):
        _places(*places)


def test_a_track_is_on_a_release_once():
    track_id = TrackId(new_id())
    with pytest.raises(Invalid):
        rules.place_tracks([PlacedTrack(track_id), PlacedTrack(track_id, 2)])


def file_of(tags=None, *, title="A track", genre=None, duration_ms=200_000):
    return ImportedFile(
        TrackId(new_id()), title, genre, duration_ms, TrackStatus.READY, False, tags
    )


def test_an_album_is_proposed_from_its_tags():
    files = [
        file_of(
            FileTags(
                album="Harbours" if number != 3 else "Harbors",
                artist=f"Ada feat. {number}",
                album_artist="Ada",
                released="2026-05-04",
                disc=1 + number // 5,
                number=number,
                label="Tape Room",
                upc="036000291452",
                catalogue_number="TR-007",
            ),
            genre="dub",
        )
        for number in (7, 2, 1, 3, 4, 5, 6)
    ]

    proposal = rules.propose_release(files, "noor", None)

    assert proposal.to_check == ["title"]
    assert proposal.release == ReleaseForm(
        title="Harbours",
        artist_name="Ada",
        kind=ReleaseKind.ALBUM,
        label="Tape Room",
        catalogue_number="TR-007",
        upc="036000291452",
        genre="dub",
        release_date=date(2026, 5, 4),
        tracks=[
            PlacedTrack(files[index].track_id, disc, number)
            for index, disc, number in (
                *((2, 1, 1), (1, 1, 2), (3, 1, 3), (4, 1, 4)),
                *((5, 2, 5), (6, 2, 6), (0, 2, 7)),
            )
        ],
    )


def test_several_artists_of_a_release_are_proposed_with_their_joins():
    people = TaggedPeople(album_artist=["Ada vs. Brian"], album_artists=["Ada", "Brian"])
    read = read_file_tags(EmbeddedTags(album_artist="Ada vs. Brian", people=people))
    other = FileTags(album_artist="Somebody", album_artists=[ArtistForm("X"), ArtistForm("Y")])
    files = [file_of(other), file_of(read), file_of(read)]

    release = rules.propose_release(files, "noor", None).release

    assert release.artist_name == "Ada vs. Brian"
    assert release.artists == [ArtistForm("Ada", join=" vs. "), ArtistForm("Brian")]
    # One artist is in the line alone.
    assert not read_file_tags(EmbeddedTags(people=TaggedPeople(album_artist=["Ada"]))).album_artists


def test_what_the_tags_lack_is_to_be_checked():
    untagged, dated = file_of(title="Night Ferry"), file_of(FileTags(released="2026", artist="Ada"))

    proposal = rules.propose_release([untagged, dated], "Ada", None)

    assert proposal.to_check == ["title", "release_date", "tracks"]
    assert (proposal.release.title, proposal.release.kind) == ("Night Ferry", ReleaseKind.SINGLE)
    # The owner's name is shown anyway.
    assert proposal.release.artist_name is None
    assert proposal.release.release_date == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("files", "kind", "artist"),
    [
        ([file_of(FileTags(artist="Ada")) for _ in range(3)], ReleaseKind.SINGLE, "Ada"),
        ([file_of(FileTags(artist="Ada")) for _ in range(6)], ReleaseKind.EP, "Ada"),
        ([file_of(FileTags(artist="Ada")) for _ in range(7)], ReleaseKind.ALBUM, "Ada"),
        ([file_of(FileTags(artist="Ada"), duration_ms=1_800_000)], ReleaseKind.ALBUM, "Ada"),
        (
            [file_of(FileTags(artist=name)) for name in ("Ada", "Noor")],
            ReleaseKind.COMPILATION,
            "Various Artists",
        ),
        (
            [file_of(FileTags(album_artist="Ada", is_compilation=True))],
            ReleaseKind.COMPILATION,
            "Ada",
        ),
    ],
)
def test_the_kind_follows_from_artists_tracks_and_length(files, kind, artist):
    release = rules.propose_release(files, "noor", None).release

    assert (release.kind, release.artist_name) == (kind, artist)


NUMBERS = st.none() | st.integers(1, 9999)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=100))
def test_every_proposal_is_accepted_as_a_release(places):
    files = [file_of(FileTags(disc=disc, number=number)) for disc, number in places]

    proposal = rules.propose_release(files, "noor", None)

    form = msgspec.json.decode(msgspec.json.encode(proposal.release), type=ReleaseForm)
    placed = rules.place_tracks(rules.clean(form).tracks)
    assert {track.track_id for track in placed} == {file.track_id for file in files}
