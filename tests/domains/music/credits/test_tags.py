"""Artists of tags: every list of artists is read back from its line and its names."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.display_names import clean_line
from veza.core.embedded_tags import TaggedPeople, TaggedPerson, clean_people
from veza.core.ids import UserId
from veza.domains.music.credits.models import (
    ArtistForm,
    CreditedProfile,
    CreditForm,
    CreditRole,
    LinkableProfile,
)
from veza.domains.music.credits.rules.entered import clean_artists, clean_credits
from veza.domains.music.credits.rules.shown import write_line
from veza.domains.music.credits.rules.tags import read_artists, read_credits, read_entered
from veza.domains.music.tracks.models.forms import FILTERED_TEXTS, TrackChange
from veza.domains.platform.text_filters.rules import list_texts

# Few letters, so that names are parts of each other and of joins; and what tags are full of.
_NAME = st.text("ab &", min_size=1, max_size=6).map(lambda text: " ".join(text.split()))
_NAMES = st.one_of(_NAME.filter(bool), st.sampled_from(["AC/DC", "Earth, Wind & Fire", "東京事変"]))
_JOIN = st.sampled_from([" feat. ", " & ", ", ", " a ", " x ", " vs. "])
_ANY = st.lists(st.text(max_size=60), max_size=30)


@given(st.lists(st.tuples(_NAMES, _JOIN), min_size=1, max_size=8))
def test_a_line_and_its_names_are_read_as_they_were_joined(artists: list[tuple[str, str]]):
    names = [name for name, _ in artists]
    joined = [ArtistForm(name, join=join) for name, join in artists[:-1]]
    line = write_line([*joined, ArtistForm(names[-1])])

    read = read_artists([line], names)

    assert [each.name for each in read] == names
    assert write_line(read) == line
    # What is stored of it is the same.
    assert write_line(clean_artists(read, {})) == line


@given(_ANY, _ANY, st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=130))
def test_any_tags_give_artists_that_can_be_stored(
    lines: list[str], names: list[str], people: list[tuple[str, str, str]]
):
    tagged = [TaggedPerson(*each) for each in people]
    cleaned = clean_people(TaggedPeople(artist=lines, artists=names, credited=tagged))

    artists = read_artists(cleaned.artist, cleaned.artists)
    stored = clean_artists(artists, {})

    assert [each.name for each in stored] == [each.name for each in artists]
    assert all(clean_line(each.name, "name") == each.name for each in stored)
    credited = read_credits(cleaned.credited)
    assert [each.name for each in clean_credits(credited, {})] == [each.name for each in credited]


@pytest.mark.parametrize(
    ("lines", "names", "expected"),
    [
        (["Ada feat. Brian"], [], [("Ada", " feat. "), ("Brian", "")]),
        (["Ada (ft. Brian)"], [], [("Ada", " (ft. "), ("Brian", ")")]),
        (["Earth, Wind & Fire"], [], [("Earth, Wind & Fire", "")]),
        (["Ada; Brian"], [], [("Ada", ""), ("Brian", "")]),
        (["Ada", "Brian", "Cleo"], [], [("Ada", ""), ("Brian", ""), ("Cleo", "")]),
        # Names that are not in the line are taken as they are.
        (["A. & B."], ["Ada", "Brian"], [("Ada", ""), ("Brian", "")]),
        (["Ada"], ["Ada"], [("Ada", "")]),
        (["[unknown]"], [], []),
        ([], [], []),
        (["A\u202eda"], [], [("Ada", "")]),
    ],
)
def test_lines_are_split_where_no_name_is(lines, names, expected):
    assert [(each.name, each.join) for each in read_artists(lines, names)] == expected


def test_contributors_have_the_roles_of_their_tags():
    people = [
        TaggedPerson("producer", "Ada"),
        TaggedPerson("producer", "ADA"),
        TaggedPerson("dj-mix", "Ada"),
        TaggedPerson("performer", "Ada", "cello"),
        TaggedPerson("executive", "Brian", "ignored"),
        TaggedPerson("mixer", "Brian", "ignored"),
    ]
    assert read_credits(people) == [
        CreditForm(CreditRole.PRODUCER, "Ada"),
        CreditForm(CreditRole.DJ, "Ada"),
        CreditForm(CreditRole.PERFORMER, "Ada", instrument="cello"),
        CreditForm(CreditRole.OTHER, "Brian", instrument="executive"),
        CreditForm(CreditRole.MIXING, "Brian"),
    ]


def test_artists_name_the_owner_and_the_profiles_of_their_ids():
    owner = LinkableProfile(UserId(uuid4()), "ada_l", "Ada")
    guest = LinkableProfile(UserId(uuid4()), "brian", "Somebody", UUID(int=2))
    ids = [str(UUID(int=1)), str(UUID(int=2))]
    people = TaggedPeople(
        artist=["ADA feat. Brian"],
        artists=["ADA", "Brian"],
        artist_ids=ids,
        credited=[TaggedPerson("composer", "ada_l"), TaggedPerson("composer", "brian")],
    )
    found = {UUID(int=2): guest}

    entered = read_entered(people, owner, found)

    assert entered.artists == [
        ArtistForm("ADA", CreditedProfile(owner.id), " feat. "),
        ArtistForm("Brian", CreditedProfile(guest.id)),
    ]
    assert [each.profile for each in entered.all[2:]] == [CreditedProfile(owner.id), None]
    # Ids of whom nobody knows which is whose say nothing.
    for wrong in (ids[:1], [*ids, ids[0]], [ids[0], "none"]):
        shuffled = TaggedPeople(artist=["ADA feat. Brian"], artists=["ADA", "Brian"])
        shuffled = TaggedPeople(artist=shuffled.artist, artists=shuffled.artists, artist_ids=wrong)
        assert [each.profile for each in read_entered(shuffled, owner, found).all] == [
            CreditedProfile(owner.id),
            None,
        ]


def test_filters_of_texts_read_names_and_instruments():
    change = TrackChange(
        artists=[ArtistForm("Ada"), ArtistForm("Brian", join=" feat. ")],
        credits=[CreditForm(CreditRole.PERFORMER, "Cleo", instrument="cello")],
    )
    texts = list_texts(change, FILTERED_TEXTS)
    assert {field: text.split() for field, text in texts.items()} == {
        "artists": ["Ada", "Brian", "feat."],
        "credits": ["Cleo", "cello"],
    }
