"""Smart playlists: rules, order, who sees what, and what is refused."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests import make
from tests.domains.music.playlists.routes_steps import list_entries, move, put_tracks, remove
from veza.core.ids import new_id
from veza.domains.music.tags.service import recount_tags_of_tracks


@pytest.fixture
def genre():
    """Return a genre that no other test uses."""
    return f"genre {uuid4().hex[:12]}"


@pytest.fixture
def create(client, owner):
    """Create a smart playlist of the owner: `await create(genres=[genre])`."""

    async def post(visibility="private", **rules):
        form = {"title": "Smart", "visibility": visibility, "rules": rules}
        made = await client.post("playlists", headers=owner.headers, json=form)
        assert made.status_code == 201, made.text
        return made.json()["data"]["id"]

    return post


async def list_titles(client, playlist, person=None, limit=100):
    entries = await list_entries(client, playlist, person, limit)
    return [entry["track"]["title"] for entry in entries]


async def test_tracks_meet_all_rules(client, services, owner, other, add, create, genre):
    wanted = await add("Wanted", genre=genre, tags=["Tape Loops"], duration_ms=200_000, year=1999)
    await add("Untagged", genre=genre, duration_ms=200_000)
    short = await add("Short", genre=genre, tags=["tape-loops"], duration_ms=20_000, year=2001)
    await add("Other genre", tags=["tape loops"], duration_ms=200_000)
    async with services.database.transaction() as tx:
        await recount_tags_of_tracks(tx, [wanted, short])
        theirs = await make.bare_track(tx, other, "Theirs", genre=genre, duration_ms=200_000)
        await recount_tags_of_tracks(tx, [theirs])

    for rules, expected in (
        ({}, ["Short", "Theirs", "Untagged", "Wanted"]),
        ({"tags": ["tape loops"]}, ["Short", "Wanted"]),
        ({"tags": ["TAPELOOPS"], "min_duration_seconds": 60}, ["Wanted"]),
        ({"max_duration_seconds": 20}, ["Short"]),
        ({"min_year": 1999}, ["Short", "Wanted"]),
        ({"min_year": 1999, "max_year": 2000}, ["Wanted"]),
        ({"artist_ids": [str(other.id)]}, ["Theirs"]),
        ({"artist_ids": [str(other.id)], "tags": ["tape loops"]}, []),
        ({"genres": ["no such genre", genre.upper()], "limit": 2}, ["Short", "Theirs"]),
    ):
        form = {"genres": [genre], "sort": "title", "order": "asc"} | rules
        assert await list_titles(client, await create(**form), owner) == expected, rules


async def test_likes_are_those_of_the_owner(client, owner, other, add, create, genre):
    for person, title in ((owner, "Mine"), (other, "Theirs")):
        liked = await add(title, genre=genre)
        await client.post(f"tracks/{liked}/like", headers=person.headers)
    await add("Nobody's", genre=genre)
    likes = await create("public", genres=[genre], liked=True)
    others = await create("public", genres=[genre], liked=False, sort="title")

    for person in (owner, other, None):
        assert await list_titles(client, likes, person) == ["Mine"]
        assert await list_titles(client, others, person) == ["Theirs", "Nobody's"]


async def test_ratings_and_plays_are_those_of_the_owner(
    client, services, owner, other, add, create, genre
):
    tracks = {title: await add(title, genre=genre) for title in ("One", "Four", "Five", "Other")}
    rated = ((owner, "One", 1), (owner, "Four", 4), (owner, "Five", 5), (other, "Other", 5))
    async with services.database.transaction() as tx:
        for person, title, rating in rated:
            sql = "insert into track_ratings (user_id, track_id, rating) values ($1, $2, $3)"
            await tx.run(sql, person.id, tracks[title], rating)
        for person, title in ((owner, "One"), (owner, "Five"), (other, "Four")):
            sql = "insert into track_history (user_id, track_id) values ($1, $2)"
            await tx.run(sql, person.id, tracks[title])

    for rules, expected in (
        ({"min_rating": 4}, ["Five", "Four"]),
        ({"played": True}, ["Five", "One"]),
        ({"played": False}, ["Other", "Four"]),
        ({"min_rating": 1, "played": True, "limit": 1}, ["Five"]),
    ):
        playlist = await create("public", genres=[genre], **rules)
        for person in (owner, other, None):
            assert await list_titles(client, playlist, person) == expected, rules


async def test_tracks_are_chosen_by_how_often_and_when_their_owner_played_them(
    client, services, owner, other, add, create, genre
):
    tracks = {title: await add(title, genre=genre) for title in ("Never", "Once", "Often", "Late")}
    sql = """
        insert into track_history (user_id, track_id, plays_count, first_played_at, last_played_at)
             values ($1, $2, $3, now() - interval '90 days', now() - $4::int * interval '1 day')
    """
    async with services.database.transaction() as tx:
        for title, plays, days in (("Once", 1, 40), ("Often", 9, 40), ("Late", 3, 1)):
            await tx.run(sql, owner.id, tracks[title], plays, days)
        await tx.run(sql, other.id, tracks["Never"], 7, 0)

    for rules, expected in (
        ({"min_plays": 3}, ["Late", "Often"]),
        ({"min_plays": 0}, ["Late", "Never", "Often", "Once"]),
        ({"max_plays": 0}, ["Never"]),
        ({"min_plays": 1, "max_plays": 3}, ["Late", "Once"]),
        ({"played_within_days": 30}, ["Late"]),
        ({"not_played_for_days": 30}, ["Never", "Often", "Once"]),
        ({"not_played_for_days": 30, "played": True}, ["Often", "Once"]),
    ):
        playlist = await create("public", genres=[genre], sort="title", order="asc", **rules)
        assert await list_titles(client, playlist, other) == expected, rules


async def test_times_are_relative_or_fixed(client, owner, add, create, genre):
    now = datetime.now(UTC)
    for days in (1, 10, 100):
        await add(f"{days} days", genre=genre, created_at=now - timedelta(days=days))
    since = (now - timedelta(days=50)).isoformat()
    for rules, expected in (
        ({"added_within_days": 5}, ["1 days"]),
        ({"added_since": since}, ["1 days", "10 days"]),
        ({"added_within_days": 200, "order": "asc"}, ["100 days", "10 days", "1 days"]),
    ):
        playlist = await create(genres=[genre], **rules)
        assert await list_titles(client, playlist, owner) == expected


async def test_everybody_gets_what_they_may_see(client, services, owner, other, add, create, genre):
    blocker, suspended = await make.person(services), await make.person(services)
    await add("Public", genre=genre)
    await add("Private", genre=genre, visibility="private", tags=["Rare"])
    await add("Unlisted", genre=genre, visibility="unlisted")
    await add("Processing", genre=genre, status="processing", duration_ms=None, format=None)
    async with services.database.transaction() as tx:
        for person, title in ((blocker, "Blocked"), (suspended, "Hidden"), (other, "Other's")):
            await make.bare_track(tx, person, title, genre=genre)
        await make.bare_track(tx, other, "Secret", genre=genre, visibility="private")
    await make.suspended(services, suspended)
    await make.blocks(services, blocker, other)
    playlist = await create("public", genres=[genre], sort="title", order="asc")

    for person, expected in (
        (owner, ["Blocked", "Other's", "Private", "Public", "Unlisted"]),
        (other, ["Other's", "Public"]),
        (None, ["Blocked", "Other's", "Public"]),
    ):
        assert await list_titles(client, playlist, person, limit=1) == expected
    rare = await create(genres=[genre], tags=["rare"])
    assert await list_titles(client, rare, owner) == ["Private"]
    await make.blocks(services, owner, other)
    assert await list_titles(client, playlist) == ["Blocked", "Public"]


async def test_a_shuffle_is_stable_over_pages_and_follows_its_seed(
    client, owner, add, create, genre
):
    titles = [f"Track {number:02}" for number in range(30)]
    for title in titles:
        await add(title, genre=genre)
    orders = []
    for seed in (1, 2):
        playlist = await create(genres=[genre], sort="shuffle", seed=seed, limit=25)
        whole = await list_titles(client, playlist, owner)
        assert await list_titles(client, playlist, owner, limit=4) == whole
        assert len(set(whole)) == 25
        orders.append(whole)
    assert orders[0] != orders[1]
    assert sorted(orders[0]) != orders[0]


@pytest.mark.parametrize("sort", ["created_at", "title", "plays_count", "likes_count", "duration"])
async def test_every_order_is_read_in_pages(client, owner, add, create, genre, sort):
    for number in range(5):
        await add(f"{number}", genre=genre, plays_count=number, likes_count=1, duration_ms=9)
    for order in ("asc", "desc"):
        playlist = await create(genres=[genre], sort=sort, order=order, limit=4)
        pages = await list_titles(client, playlist, owner, limit=2)
        expected = [f"{number}" for number in range(5)]
        assert pages == (expected if order == "asc" else expected[::-1])[:4]


async def test_a_smart_playlist_has_no_entries_to_change(client, owner, other, add, create, genre):
    track = await add("Only", genre=genre)
    playlist = await create(genres=[genre])
    invited = client.put(f"playlists/{playlist}/editors/{other.id}", headers=owner.headers)
    for refused in (
        await put_tracks(client, playlist, owner, track),
        await move(client, playlist, owner, [str(new_id())]),
        await remove(client, playlist, owner, [str(new_id())]),
        await invited,
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "smart_playlist")

    [entry] = await list_entries(client, playlist, owner)
    assert (entry["id"], entry["added_by"], entry["track"]["title"]) == (None, None, "Only")
    exported = await client.get(f"playlists/{playlist}/export", headers=owner.headers)
    assert f"/tracks/{track}/stream" in exported.text


async def test_rules_are_replaced_as_a_whole_and_ordinary_playlists_have_none(
    client, owner, add, create, playlist, genre
):
    await add("Only", genre=genre)
    smart = await create(genres=[genre], tags=["nowhere"])
    assert await list_titles(client, smart, owner) == []

    form = {"rules": {"genres": [f"  {genre}"]}}
    changed = (await client.put(f"playlists/{smart}", headers=owner.headers, json=form)).json()
    assert (changed["data"]["rules"]["genres"], changed["data"]["rules"]["tags"]) == ([genre], [])
    assert (changed["data"]["tracks_count"], changed["data"]["duration_seconds"]) == (None, None)
    assert await list_titles(client, smart, owner) == ["Only"]

    refused = await client.put(f"playlists/{playlist}", headers=owner.headers, json=form)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_smart_playlist")
    form = {"rules": None}
    kept = await client.put(f"playlists/{playlist}", headers=owner.headers, json=form)
    assert kept.status_code == 200
    refused = await client.put(f"playlists/{smart}", headers=owner.headers, json=form)
    assert (refused.status_code, refused.json()["code"]) == (409, "smart_playlist")


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"limit": 501}, "rules.limit"),
        ({"min_rating": 6}, "rules.min_rating"),
        ({"limit": 0}, "rules.limit"),
        ({"seed": -1}, "rules.seed"),
        ({"seed": 2**31}, "rules.seed"),
        ({"sort": "random"}, "rules.sort"),
        ({"genres": ["-"]}, "rules.genres"),
        ({"genres": ["a"] * 21}, "rules.genres"),
        ({"tags": ["!"]}, "rules.tags"),
        ({"artist_ids": ["me"]}, "rules.artist_ids[0]"),
        ({"added_since": "2026-01-01T00:00:00"}, "rules.added_since"),
        ({"min_duration_seconds": 2, "max_duration_seconds": 1}, "rules.max_duration_seconds"),
        ({"min_year": 1999, "max_year": 1998}, "rules.max_year"),
        ({"mood": "calm"}, "rules.mood"),
    ],
)
async def test_bad_rules_are_refused_by_field(client, owner, rules, field):
    form = {"title": "A", "rules": rules}
    answer = await client.post("playlists", headers=owner.headers, json=form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field


async def test_cursors_of_other_lists_are_refused(client, owner, add, create, playlist, genre):
    tracks = [await add(genre=genre) for _ in range(2)]
    await put_tracks(client, playlist, owner, *tracks)
    smart = await create(genres=[genre])
    for source, target in ((smart, playlist), (playlist, smart)):
        path, params = f"playlists/{source}/entries", {"limit": 1}
        page = (await client.get(path, headers=owner.headers, params=params)).json()["data"]
        params = {"cursor": page["next_cursor"]}
        answer = await client.get(
            f"playlists/{target}/entries", headers=owner.headers, params=params
        )
        assert answer.json()["code"] == "bad_cursor"
