"""Shows as podcasts of players: what a member may hear, with answers that fit both schemas."""

from typing import Any

import httpx
import pytest
from lxml import etree
from msgspec import Struct

from tests import make
from tests.domains.shows.show_world import made
from tests.domains.subsonic.players import XML_SCHEMA, Player, sounding_track
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.domains.shows.queries import newest


class Channel(Struct):
    """A show of an artist, with the tracks that are episodes of it."""

    show: dict[str, Any]
    tracks: dict[str, TrackId]

    @property
    def id(self) -> str:
        return f"pd-{self.show['id']}"


@pytest.fixture
async def channel(services: Services, client: httpx.AsyncClient, artist: make.Person) -> Channel:
    show = await made(client, "shows", artist, title="Tape & Hours", description="Machines.")
    tracks: dict[str, TrackId] = {}
    for title, given in (
        ("First", {"visibility": "public"}),
        ("Second", {"visibility": "public"}),
        ("Hidden", {"visibility": "private"}),
        ("Later", {"visibility": "private"}),
    ):
        tracks[title] = await sounding_track(services, artist, title, **given)
        form: dict[str, Any] = {"track_id": str(tracks[title]), "notes": f"Of {title}."}
        if title == "Later":
            form["publish_at"] = "2126-01-01T00:00:00Z"
        await made(client, f"shows/{show['id']}/episodes", artist, **form)
    return Channel(show, tracks)


def _of(channels: list[dict[str, Any]], channel: Channel) -> dict[str, Any] | None:
    return next((each for each in channels if each["id"] == channel.id), None)


async def test_a_channel_is_a_show_with_its_episodes(player: Player, channel: Channel) -> None:
    found = await player.get("getPodcasts", id=channel.id)
    [shown] = found["podcasts"]["channel"]
    assert shown["title"] == "Tape & Hours"
    assert shown["url"] == channel.show["feed_url"]
    assert shown["status"] == "completed"
    assert [each["title"] for each in shown["episode"]] == ["Second", "First"]
    second = shown["episode"][0]
    assert second["channelId"] == channel.id
    assert second["description"] == "Of Second."
    assert second["streamId"] == second["id"] == f"tr-{channel.tracks['Second']}"
    song = await player.get("getSong", id=second["streamId"])
    assert song["song"] == {key: "music" if key == "type" else second[key] for key in song["song"]}


async def test_all_channels_come_with_a_few_episodes_or_without(
    player: Player, channel: Channel
) -> None:
    found = await player.get("getPodcasts")
    shown = _of(found["podcasts"]["channel"], channel)
    assert shown is not None
    assert [each["title"] for each in shown["episode"]] == ["Second", "First"]
    found = await player.get("getPodcasts", includeEpisodes="false")
    shown = _of(found["podcasts"]["channel"], channel)
    assert shown is not None
    assert "episode" not in shown


async def test_the_newest_episodes_are_those_that_the_member_may_hear(
    player: Player, services: Services, channel: Channel, artist: make.Person
) -> None:
    found = await player.get("getNewestPodcasts", count=2)
    titles = [each["title"] for each in found["newestPodcasts"]["episode"]]
    assert titles == ["Second", "First"]
    assert (await player.get("getNewestPodcasts", count=0))["newestPodcasts"] == {"episode": []}
    await make.blocks(services, artist, player.owner)
    listed = (await player.get("getNewestPodcasts"))["newestPodcasts"]["episode"]
    assert channel.id not in {each["channelId"] for each in listed}
    assert _of((await player.get("getPodcasts"))["podcasts"]["channel"], channel) is None
    assert await player.code("getPodcasts", id=channel.id) == 70


async def test_many_private_episodes_of_somebody_hide_no_others(
    player: Player,
    services: Services,
    client: httpx.AsyncClient,
    channel: Channel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = await make.person(services, Role.CREATOR)
    show = await made(client, "shows", other, title="Drafts")
    async with services.database.transaction() as tx:
        tracks = [
            await make.bare_track(tx, other.member, "Draft", visibility="private")
            for _ in range(1001)
        ]
        sql = """
            insert into episodes (track_id, show_id, kind, published_at)
                 select unnest($1::uuid[]), $2::text::uuid, 'full', now() + interval '1 hour'
        """
        await tx.run(sql, tracks, show["id"])
    listed = (await player.get("getNewestPodcasts", count=2))["newestPodcasts"]["episode"]
    assert [each["title"] for each in listed] == ["Second", "First"]
    # With the hidden one of the channel. No more are read, however many of them nobody may hear.
    monkeypatch.setattr(newest, "_SCANNED", 1_003)
    listed = (await player.get("getNewestPodcasts", count=2))["newestPodcasts"]["episode"]
    assert [each["title"] for each in listed] == ["Second"]


async def test_long_descriptions_are_cut(
    player: Player,
    services: Services,
    channel: Channel,
) -> None:
    async with services.database.transaction() as tx:
        show_id = channel.show["id"]
        sql = "update episodes set notes = repeat('word ', 1000) where show_id = $1::text::uuid"
        await tx.run(sql, show_id)
        sql = "update shows set description = repeat('word ', 500) where id = $1::text::uuid"
        await tx.run(sql, show_id)
    [shown] = (await player.get("getPodcasts", id=channel.id))["podcasts"]["channel"]
    listed = (await player.get("getNewestPodcasts"))["newestPodcasts"]["episode"]
    for each in (shown, *shown["episode"], *(e for e in listed if e["channelId"] == channel.id)):
        assert len(each["description"]) <= 500
        assert each["description"].endswith("word…")


async def test_owners_see_their_hidden_shows_and_others_do_not(
    player: Player,
    services: Services,
    client: httpx.AsyncClient,
    channel: Channel,
    rest: Any,
    artist: make.Person,
) -> None:
    change = {"visibility": "private"}
    path = f"shows/{channel.show['id']}"
    assert (await client.put(path, headers=artist.headers, json=change)).status_code == 200
    assert _of((await player.get("getPodcasts"))["podcasts"]["channel"], channel) is None
    assert await player.code("getPodcasts", id=channel.id) == 70
    listed = (await player.get("getNewestPodcasts"))["newestPodcasts"]["episode"]
    assert channel.id not in {each["channelId"] for each in listed}
    own = Player(rest, artist, await make.app_password(services, artist))
    shown = _of((await own.get("getPodcasts"))["podcasts"]["channel"], channel)
    assert shown is not None
    # What is planned is for nobody's player.
    assert [each["title"] for each in shown["episode"]] == ["Hidden", "Second", "First"]


async def test_an_episode_for_members_is_there_for_members(
    player: Player,
    services: Services,
    client: httpx.AsyncClient,
    channel: Channel,
    artist: make.Person,
) -> None:
    async with services.database.transaction() as tx:
        tier = await make.tier(tx, artist.member)
        await tx.run(
            "update tracks set tier_id = $2 where id = $1", channel.tracks["Hidden"], tier.id
        )
    [shown] = (await player.get("getPodcasts", id=channel.id))["podcasts"]["channel"]
    assert [each["title"] for each in shown["episode"]] == ["Second", "First"]
    async with services.database.transaction() as tx:
        await make.member_of(tx, player.owner.member, tier)
    [shown] = (await player.get("getPodcasts", id=channel.id))["podcasts"]["channel"]
    assert [each["title"] for each in shown["episode"]] == ["Hidden", "Second", "First"]


async def test_answers_fit_the_schema_of_subsonic(player: Player, channel: Channel) -> None:
    if XML_SCHEMA is None:
        pytest.skip("the schema of Subsonic is not on this machine")
    schema = etree.XMLSchema(etree.parse(XML_SCHEMA))
    added = ("artists", "albumArtists", "genres", "isrc", "moods", "replayGain", "contributors")
    for name, given in (("getPodcasts", {"id": channel.id}), ("getNewestPodcasts", {})):
        root = etree.fromstring((await player.xml(name, **given)).encode())
        for element in list(root.iter()):
            if etree.QName(element).localname in added:
                element.getparent().remove(element)
        schema.validate(root)
        errors = [
            each.message
            for each in schema.error_log
            if not each.message.endswith("is not allowed.")
        ]
        assert not errors, (name, errors[:3])
        assert root.findall(".//{*}episode"), name


async def test_the_cover_of_a_channel_is_that_of_the_show(
    player: Player,
    services: Services,
    client: httpx.AsyncClient,
    channel: Channel,
    artist: make.Person,
) -> None:
    assert await player.code("getCoverArt", id=channel.id) == 70
    async with services.database.transaction() as tx:
        image = await make.bare_image(tx, artist.member)
    path = f"shows/{channel.show['id']}"
    change = {"cover_image_id": str(image)}
    assert (await client.put(path, headers=artist.headers, json=change)).status_code == 200
    [shown] = (await player.get("getPodcasts", id=channel.id))["podcasts"]["channel"]
    assert shown["coverArt"] == channel.id
