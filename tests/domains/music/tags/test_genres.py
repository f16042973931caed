"""The vocabulary of genres in suggestions."""

from tests.domains.music.tags.routes_steps import suggested
from tests.domains.music.tracks.tracks_steps import publish
from tests.raw import hearing
from veza.core.normalize import fold_tag
from veza.domains.music.tags import rules


def test_genres_that_start_with_the_text_come_before_those_that_contain_it():
    found = rules.suggest_genres("hiphop", 100, known=[])

    assert found[:2] == ["hip-hop", "hip-hop-soul"]
    assert {"abstract-hip-hop", "uk-hip-hop"} < set(found[2:])
    assert rules.suggest_genres("hiphop", 1, known=[]) == ["hip-hop"]


def test_a_tag_that_was_found_in_any_spelling_is_not_suggested_again():
    assert rules.suggest_genres("hiphop", 1, known=["Hip-Hop"]) == ["hip-hop-soul"]


def test_one_or_two_letters_are_looked_up_only_at_the_beginning():
    assert all(fold_tag(genre).startswith("hi") for genre in suggest("hi"))
    assert "drum-and-bass" in suggest("bas")
    assert suggest("") == suggest("🎵") == suggest("qzx") == []


def suggest(text):
    return rules.suggest_genres(rules.tag_key(text) if text else "", 1000, known=[])


async def test_genres_are_suggested_where_no_track_has_the_tag(client, reader):
    for typed in ("drumst", "Drum-Step", "DRUM STEP"):
        assert "drumstep" in await suggested(client, reader, q=typed)


async def test_tags_in_use_come_first(client, services, creator, reader, root, work, monkeypatch):
    genres = [f"{root}hip hop", f"{root}hip house"]
    monkeypatch.setattr(rules, "GENRES", {fold_tag(genre): genre for genre in genres})
    await publish(services, creator, title="A track", tags=[f"{root}hipster", f"{root}Hip-Hop"])
    await work()

    used = [f"{root}hip-hop", f"{root}hipster"]
    assert await suggested(client, reader, q=f"{root}hip") == [*used, f"{root}hip-house"]
    assert await suggested(client, reader, q=f"{root}hip", limit=2) == used


async def test_a_suggestion_takes_two_statements_at_most(client, services, reader):
    async with hearing(services, "tags t") as statements:
        assert len(await suggested(client, reader, q="house", limit=100)) > 10

    assert len(statements) <= 2


async def test_the_example_of_the_reference_is_suggested_without_any_track(client, reader):
    assert "hip-hop" in await suggested(client, reader, q="hip", limit=10)
