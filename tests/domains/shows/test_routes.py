"""Shows and episodes over HTTP: who changes and sees them, and what staff hides."""

from typing import Any

import httpx
import pytest

from tests import make
from tests.domains.shows.show_world import World, add_track, made, titles
from tests.raw import hearing
from veza.app.services import Services
from veza.domains.shows import personal_data

VTT = "WEBVTT\n\n00:00.000 --> 00:04.000\n<v Ada>Welcome to the harbour."


async def test_who_hears_the_track_sees_the_episode(
    client: httpx.AsyncClient, world: World
) -> None:
    assert await titles(client, world, None) == ["First tape"]
    assert await titles(client, world, world.stranger) == ["First tape"]
    assert await titles(client, world, world.fan) == ["First tape", "For members"]
    assert await titles(client, world, world.owner) == ["First tape", "For members", "Later"]

    url = f"shows/{world.show['id']}/episodes"
    shown = (await client.get(f"{url}/{world.open}")).json()["data"]
    assert [each["start_seconds"] for each in shown["chapters"]] == [0, 60]
    assert (shown["season"], shown["number"], shown["notes"]) == (1, 2, "We talk of <tape>.")
    assert shown["show"]["title"] == "Tape Hours"
    again = (await client.get(f"tracks/{world.open}/episode")).json()["data"]
    assert again["track"]["id"] == shown["track"]["id"]
    for hidden in (world.members, world.later):
        answer = await client.get(f"{url}/{hidden}", headers=world.stranger.headers)
        assert answer.json()["code"] == "episode_not_found"
    one = await client.get(url, params={"season": 2}, headers=world.owner.headers)
    assert one.json()["data"]["episodes"] == []


async def test_only_the_owner_changes_a_show(client: httpx.AsyncClient, world: World) -> None:
    show, other = f"shows/{world.show['id']}", world.stranger.headers
    episode = f"{show}/episodes/{world.open}"
    calls = [
        client.put(show, headers=other, json={"title": "Mine"}),
        client.delete(show, headers=other),
        client.delete(episode, headers=other),
        client.put(f"{episode}/transcript", headers=other, json={"transcript": VTT}),
    ]
    for call in calls:
        assert (await call).json()["code"] == "not_your_show"
    change = await client.put(episode, headers=other, json={"notes": "Mine"})
    assert change.json()["code"] == "not_your_track"
    theirs = await client.post(
        f"{show}/episodes", headers=other, json={"track_id": str(world.open)}
    )
    assert theirs.json()["code"] == "not_your_track"
    twice = await client.post(
        f"{show}/episodes", headers=world.owner.headers, json={"track_id": str(world.open)}
    )
    assert twice.json()["code"] == "is_episode"

    said = {"title": " Tape  Days ", "visibility": "private", "kind": "serial"}
    mine = await client.put(show, headers=world.owner.headers, json=said)
    assert (mine.json()["data"]["title"], mine.json()["data"]["kind"]) == ("Tape Days", "serial")
    assert mine.json()["data"]["language"] == "de"
    for url in (show, f"{show}/episodes", episode):
        assert (await client.get(url, headers=other)).json()["code"] == "show_not_found"
    assert (await client.delete(show, headers=world.owner.headers)).status_code == 200
    assert (await client.get(f"tracks/{world.open}")).status_code == 200


async def test_lists_show_public_shows(client: httpx.AsyncClient, world: World) -> None:
    await made(client, "shows", world.owner, title="Draft", visibility="private")
    name = world.owner.username
    for url, who, expected in (
        ("shows", None, {"Tape Hours"}),
        (f"users/{name}/shows", world.stranger, {"Tape Hours"}),
        ("users/me/shows", world.owner, {"Tape Hours", "Draft"}),
    ):
        answer = await client.get(url, headers={} if who is None else who.headers)
        assert {each["title"] for each in answer.json()["data"]["shows"]} >= expected, url
        assert ("Draft" in answer.text) == ("Draft" in expected), url


async def test_a_transcript_is_read_as_it_was_said(client: httpx.AsyncClient, world: World) -> None:
    url = f"shows/{world.show['id']}/episodes/{world.open}/transcript"
    assert (await client.get(url)).json()["code"] == "transcript_not_found"
    headers = world.owner.headers
    wrong = await client.put(url, headers=headers, json={"transcript": "Hello"})
    assert (wrong.status_code, wrong.json()["details"][0]["rule"]) == (400, "not_a_transcript")
    answer = await client.put(url, headers=headers, json={"transcript": VTT})
    assert answer.status_code == 200, answer.text
    shown = (await client.get(url)).json()["data"]
    assert shown["cues"] == [
        {
            "start_seconds": 0,
            "end_seconds": 4,
            "text": "Welcome to the harbour.",
            "speaker": "Ada",
        }
    ]
    assert (await client.delete(url, headers=headers)).status_code == 200
    assert (await client.delete(url, headers=headers)).json()["code"] == "transcript_not_found"


@pytest.mark.parametrize("act", ["suspend", "take_down_show", "take_down_track", "block"])
async def test_what_is_hidden_is_in_no_list(
    client: httpx.AsyncClient,
    site: httpx.AsyncClient,
    services: Services,
    world: World,
    moderator: make.Person,
    act: str,
) -> None:
    show = f"shows/{world.show['id']}"
    if act == "suspend":
        await make.suspended(services, world.owner)
    elif act == "block":
        await make.blocks(services, world.owner, world.stranger)
    else:
        item = world.show["id"] if act == "take_down_show" else str(world.open)
        kind = "show" if act == "take_down_show" else "track"
        form = {"content_type": kind, "content_id": item, "category": "spam", "reason": "Ads."}
        await made(client, "admin/takedowns", moderator, **form)
    answer = await client.get(f"{show}/episodes", headers=world.stranger.headers)
    feed = await site.get(f"/feeds/shows/{world.show['id']}.xml")
    audio = await site.get(f"/feeds/shows/{world.show['id']}/{world.open}.m4a")

    if act == "take_down_track":
        assert answer.json()["data"]["episodes"] == []
        assert b"First tape" not in feed.content
    else:
        assert answer.json()["code"] == "show_not_found"
    # Feeds and their files are the same for everybody: a block is between two members.
    assert (feed.status_code, audio.status_code) == {
        "suspend": (404, 404),
        "take_down_show": (404, 404),
        "take_down_track": (200, 404),
        "block": (200, 200),
    }[act]


async def test_lists_cost_the_same_for_one_and_for_many(
    client: httpx.AsyncClient, site: httpx.AsyncClient, services: Services, world: World
) -> None:
    async def count(**call: Any) -> list[int]:
        counts = []
        for api, url in (
            (client, f"shows/{world.show['id']}/episodes"),
            (client, f"users/{world.owner.username}/shows"),
            (site, f"/feeds/shows/{world.show['id']}.xml"),
        ):
            async with hearing(services, "select") as heard:
                assert (await api.get(url, **call)).status_code == 200
            counts.append(len(heard))
        return counts

    await count()
    before = await count()
    async with services.database.transaction() as tx:
        tracks = [await add_track(tx, world.owner, f"Tape {n}") for n in range(8)]
    for track_id in tracks:
        episodes = f"shows/{world.show['id']}/episodes"
        await made(client, episodes, world.owner, track_id=str(track_id))
        await made(client, "shows", world.owner, title="Another")
    assert await count() == before


async def test_the_owner_is_handed_out_what_they_wrote(
    client: httpx.AsyncClient, services: Services, world: World
) -> None:
    url = f"shows/{world.show['id']}/episodes/{world.open}/transcript"
    await client.put(url, headers=world.owner.headers, json={"transcript": VTT})
    await made(client, f"shows/{world.show['id']}/feed-key", world.fan)
    async with services.database.snapshot() as conn:
        mine = await personal_data.export(conn, world.owner.id)
        theirs = await personal_data.export(conn, world.fan.id)

    assert [show.title for show in mine.shows] == ["Tape Hours"]
    assert {episode.track_id for episode in mine.episodes} == {
        world.open,
        world.members,
        world.later,
    }
    assert [each.content for each in mine.transcripts] == [
        "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n<v Ada>Welcome to the harbour.\n"
    ]
    assert (mine.own_feeds, len(theirs.own_feeds), theirs.shows) == ([], 1, [])


async def test_pages_describe_a_show_and_its_episodes(
    site: httpx.AsyncClient, world: World
) -> None:
    page = f"/shows/{world.show['id']}"
    show = await site.get(page)
    episode = await site.get(f"{page}/episodes/{world.open}")

    assert (show.status_code, episode.status_code) == (200, 200)
    assert f"/feeds{page}.xml" in show.text
    assert "PodcastSeries" in show.text
    assert "PodcastEpisode" in episode.text
    for hidden in (f"{page}/episodes/{world.members}", f"{page}/episodes/{world.later}"):
        answer = await site.get(hidden, headers=world.fan.headers)
        assert answer.status_code == 404
