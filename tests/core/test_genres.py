"""One name for all spellings of a genre."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core import genres
from veza.core.genres import MAX_GENRE_LENGTH, normalize_genre, normalize_genre_tag
from veza.core.normalize import fold_tag


def test_every_genre_is_named_as_it_is_stored_and_none_is_there_twice():
    lines = genres._GENRES_FILE.read_text().splitlines()
    names = [line for line in lines if not line.startswith("#")]

    assert len(names) >= 400
    assert [" ".join(name.split()).lower() for name in names] == names
    assert [fold_tag(name) for name in names] == sorted({fold_tag(name) for name in names})
    assert max(map(len, names)) <= MAX_GENRE_LENGTH
    assert [normalize_genre(name) for name in names] == names
    assert set(genres._SYNONYMS.values()) <= set(names)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Hip Hop", "hip hop"),
        ("HIP-HOP", "hip hop"),
        (" hiphop\n", "hip hop"),
        ("Drum & Bass", "drum and bass"),
        ("drum'n'bass", "drum and bass"),
        ("DnB", "drum and bass"),
        ("R&B", "r&b"),
        ("RnB", "r&b"),
        ("Rhythm and Blues", "r&b"),
        ("Musique Concrete", "musique concrète"),
        ("Sea-Shanty_Techno", "sea shanty techno"),
        ("  Эмбиент ", "эмбиент"),
        ("C++", "c++"),
        ("🎵", "🎵"),
        ("-", None),
        ("", None),
    ],
)
def test_all_spellings_of_a_genre_are_one_name(typed, name):
    assert normalize_genre(typed) == name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("Hip-Hop/Rap", "hip hop"),
        ("Unknown Thing; Techno", "techno"),
        ("Unknown Thing / Another", "unknown thing"),
        ("R&B/Soul", "r&b"),
        ("Techno, House", "techno"),
        (" ; ", None),
        ("Other", None),
        ("Other/Dub", "dub"),
        ("", None),
        ("x" * 500, "x" * MAX_GENRE_LENGTH),
    ],
)
def test_of_several_genres_in_a_tag_the_first_known_counts(tag, name):
    assert normalize_genre_tag(tag) == name


@given(st.text(max_size=MAX_GENRE_LENGTH))
def test_a_normalized_genre_stays_as_it_is(text):
    name = normalize_genre(text)

    if name is not None:
        assert 1 <= len(name) <= MAX_GENRE_LENGTH
        assert normalize_genre(name) == name
