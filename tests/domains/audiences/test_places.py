"""Kind of item by place, for a member of its tier, and for those who aren't: nothing leaks."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tests import make, sounds
from tests.crawl import Node, crawl
from tests.domains.subsonic.players import Player
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.clock import now
from veza.core.ids import new_id
from veza.core.visibility import Visibility
from veza.domains.live import personal_data as stream_data
from veza.domains.marketplace.tiers import personal_data as tier_data
from veza.domains.music.releases import personal_data as release_data
from veza.domains.music.tracks import personal_data as track_data
from veza.domains.music.tracks.models.forms import TrackForm
from veza.domains.social.posts import personal_data as post_data
from veza.infra.postgres.database import ConstraintViolation

type Names = dict[str, str]

# Addresses that name other kinds of things.
_OTHERS = (
    *("playlist", "product", "bundle", "bundled", "other", "other_post", "covered"),
    *("commission", "show", "station", "clip", "clipped"),
)
_MORE = ("image", "token", "chat")
# The places in which its member finds an item of each kind.
_OF_TRACK = (
    *("member tracks/{track}", "member tracks/{track}/stream", "member tracks/{track}/waveform"),
    *("member tracks/{track}/cover", "member tracks/{track}/hls/master.m3u8"),
    *("member tracks/{track}/preview", "member tracks/{track}/releases"),
    *("member tracks/{track}/comments", "member tracks/{track}/download", "member users/me/likes"),
    *("member releases/{release}/tracks", "/rest/getAlbum?id=al-{release}"),
    *("/rest/getSong?id=tr-{track}", "/rest/stream?id=tr-{track}", "/rest/getStarred2"),
)
_OF_RELEASE = (
    *("member releases/{release}", "member releases/{release}/tracks"),
    *("member tracks/{track}/releases", "/rest/getAlbum?id=al-{release}"),
)
_OF_POST = (
    *("member social/feed", "member social/trending", "member users/{u}/posts"),
    *("member social/posts/{post}", "member social/posts/{post}/comments"),
    *("member search?q={w}", "member notifications"),
)
_OF_STREAM = ("member live/streams", "member live/streams/{stream}")
_PLACES = {"track": _OF_TRACK, "release": _OF_RELEASE, "post": _OF_POST, "stream": _OF_STREAM}
# In all of them a member does something with a track.
_ACTIONS = (
    ("post", "tracks/{track}/like", {}),
    ("post", "tracks/{track}/comments", {"content": "Lovely"}),
    ("post", "tracks/{track}/plays", {"listened_seconds": 7}),
    ("put", "tracks/{track}/rating", {"rating": 4}),
    ("put", "tracks/{track}/bookmark", {"position_ms": 10}),
    ("post", "playlists/{mine}/entries", {"track_ids": ["{track}"]}),
)
# Where what was done with it is listed, as long as one is a member.
_LIBRARY = (
    *("users/me/likes", "users/me/library/ratings", "users/me/library/bookmarks"),
    *("users/me/library/history", "playlists/{mine}/entries", "users/me/library/queue"),
)


@pytest.fixture
async def artist(services: Services) -> make.Person:
    return await make.person(services, "creator")


@pytest.fixture
async def people(services: Services, artist: make.Person) -> dict[str, make.Person]:
    """A member of the tier, and one of a higher one; and those who have no access."""
    names = ("member", "higher", "lower", "former", "stranger", "blocked")
    found = {name: await make.person(services) for name in names}
    async with services.database.transaction() as tx:
        tiers = [
            await make.tier(tx, artist.member, title, position=position)
            for position, title in enumerate(("Bronze", "Silver", "Gold"), 1)
        ]
        low, middle, high = tiers
        await make.member_of(tx, found["member"].member, middle)
        await make.member_of(tx, found["higher"].member, high)
        await make.member_of(tx, found["lower"].member, low)
        await make.member_of(tx, found["former"].member, high, until=now() - timedelta(seconds=1))
        await make.member_of(tx, found["blocked"].member, high)
    await make.blocks(services, artist, found["blocked"])
    return found


@pytest.fixture
async def tier_id(services: Services, artist: make.Person, people: object) -> str:
    async with services.database.read() as conn:
        sql = "select id::text from tiers where profile_id = $1 and name = 'Silver'"
        return await conn.value(str, sql, artist.id) or ""


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as client:
        yield client


@pytest.fixture
async def names(
    client: httpx.AsyncClient,
    services: Services,
    artist: make.Person,
    people: dict[str, make.Person],
    tier_id: str,
    tmp_path: Path,
) -> Names:
    """Return an item of each kind for members of a tier; `w` is a word of all their texts."""
    word = f"zymurgy{new_id().hex[-12:]}"
    form = TrackForm(
        title=f"{word} track", visibility=Visibility.PRIVATE, tier_id=tier_id, downloadable=True
    )
    sound = sounds.write(tmp_path / "tape.flac", sounds.noise(7))
    track_id = await make.track(services, artist, form, sound)
    image = await make.image(
        services, artist, sounds.picture(tmp_path / "c.png", width=64, height=64)
    )
    answer = await client.put(
        f"tracks/{track_id}/cover", headers=artist.headers, json={"image_id": str(image)}
    )
    assert answer.status_code == 200, answer.text
    async with services.database.transaction() as tx:
        fields = {"publish_at": now() + timedelta(days=1), "tier_id": UUID(tier_id)}
        inner = await make.bare_track(tx, artist.member, f"{word} inner", visibility="private")
        release_id = await make.release(
            tx, artist.member, f"{word} release", track_id, inner, **fields
        )
    mentions = " ".join(f"@{person.username}" for person in people.values())
    form = {"content": f"{word} post for {mentions}", "tier_id": tier_id}
    post = await client.post("social/posts", headers=artist.headers, json=form)
    assert post.status_code == 201, post.text
    found = dict.fromkeys((*_OTHERS, *_MORE), str(new_id()))
    form = {"title": f"{word} stream", "audience": "members", "tier_id": tier_id}
    stream = await client.post("live/streams", headers=artist.headers, json=form)
    assert stream.status_code == 201, stream.text
    found |= {"post": post.json()["data"]["id"], "stream": stream.json()["data"]["id"]}
    found |= {"release": str(release_id), "inner": str(inner)}
    found |= {"u": artist.username, "u_id": str(artist.id), "w": word, "track": str(track_id)}
    await make.delivered(services)
    return found


async def _crawl(
    services: Services, site: httpx.AsyncClient, names: Names, viewer: make.Person
) -> dict[str, str]:
    player = Player(site, viewer, await make.app_password(services, viewer))
    address = str(site.base_url).rstrip("/")
    return await crawl(Node(site, player), names | {"site": address}, viewer)


def _shown_in(crawled: Mapping[str, str], names: Names, kind: str) -> set[str]:
    """Return where an item is shown, by its title, or by an answer of its own address."""
    titled = re.compile(rf"{names['w']} {kind}\b")
    return {
        place
        for place, text in crawled.items()
        if titled.search(text)
        or (text.startswith("20") and f"{{{kind}}}" in place and not place.startswith("/rest/"))
        or (
            text.startswith("200\n")
            and place == f"/rest/stream?id=tr-{{{kind}}}"
            and "status" not in text[:200]
        )
    }


async def test_members_find_it_everywhere_and_others_nowhere(client, services, site, people, names):
    for who, person in people.items():
        is_admitted = who in {"member", "higher"}
        done = await _act(client, person, names)
        assert done.statuses <= ({200, 201} if is_admitted else {404}), who
        kept = await _list_library(client, person, done.mine, names["track"])
        assert kept == (set(_LIBRARY) if is_admitted else set()), who
        crawled = await _crawl(services, site, names, person)
        for kind, places in _PLACES.items():
            shown = _shown_in(crawled, names, kind)
            assert shown <= (set(places) if is_admitted else set()), (who, kind)
            # Posts of others can be liked more.
            assert not is_admitted or set(places) - shown <= {"member social/trending"}, (who, kind)
        assert is_admitted or not any(f"{names['w']} " in text for text in crawled.values())


class _Done(NamedTuple):
    """What somebody did: the statuses of the answers, and the playlist that they made."""

    statuses: set[int]
    mine: str


async def _act(client: httpx.AsyncClient, person: make.Person, names: Names) -> _Done:
    """Do everything that one can do with a track, and queue it."""
    track_id = names["track"]
    made = await client.post("playlists", headers=person.headers, json={"title": "Mine"})
    mine = made.json()["data"]["id"]
    statuses = set()
    for method, path, body in _ACTIONS:
        address = path.format(track=track_id, mine=mine)
        sent = {"track_ids": [track_id]} if "entries" in path else body
        answer = await client.request(method, address, headers=person.headers, json=sent)
        statuses.add(answer.status_code)
    # A queue is stored as it is, and shown as far as its tracks may be heard.
    queue = {"track_ids": [track_id], "device": "Phone", "version": 0, "current_index": 0}
    saved = await client.put("users/me/library/queue", headers=person.headers, json=queue)
    assert saved.status_code == 200, saved.text
    return _Done(statuses, mine)


async def _list_library(
    client: httpx.AsyncClient, person: make.Person, mine: str, track_id: str
) -> set[str]:
    """Return the places of a member's library that show a track."""
    found = set()
    for path in _LIBRARY:
        answer = await client.get(path.format(mine=mine), headers=person.headers)
        assert answer.status_code == 200, answer.text
        tracks = [each for each in _structs_in(answer.json()) if each.get("id") == track_id]
        if any("stream_url" in each for each in tracks):
            found.add(path)
    return found


def _structs_in(value: Any) -> Iterator[dict[str, Any]]:
    """Return all objects inside of an answer."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _structs_in(each)


async def test_what_was_saved_is_gone_with_the_membership_and_back_with_the_next(
    client, services, people, names
):
    member = people["member"]
    done = await _act(client, member, names)
    sql = "update memberships set access_until = now() + $2::interval where member_id = $1"
    for days, expected in ((-1, set()), (1, set(_LIBRARY))):
        async with services.database.transaction() as tx:
            await tx.run(sql, member.id, timedelta(days=days))
        assert await _list_library(client, member, done.mine, names["track"]) == expected
        status = (await client.get(f"tracks/{names['track']}", headers=member.headers)).status_code
        assert status == (200 if expected else 404)


async def test_nobody_hears_what_is_taken_down_or_of_a_suspended_artist(
    client, services, artist, people, names
):
    hidden = ("update tracks set owner_visibility = visibility where id = $1", names["track"])
    reason = "suspended_at = now(), suspension_reason = 'Enough'"
    suspended = (f"update users set {reason} where id = $1", artist.id)
    for sql, item in (hidden, suspended):
        async with services.database.transaction() as tx:
            await tx.run(sql, item)
        for path in ("tracks/{track}", "tracks/{track}/stream", "tracks/{track}/cover"):
            headers = people["higher"].headers
            answer = await client.get(path.format(**names), headers=headers)
            assert answer.status_code == 404
        async with services.database.transaction() as tx:
            await tx.run("update tracks set owner_visibility = null where id = $1", names["track"])


async def test_only_a_tier_of_ones_own_is_chosen_and_an_omitted_field_keeps_it(
    client, services, artist, people, names, tier_id
):
    path, other = f"tracks/{names['track']}", await make.person(services, "creator")
    async with services.database.transaction() as tx:
        foreign = await make.tier(tx, other.member)
    for chosen in (str(foreign.id), str(new_id())):
        answer = await client.put(path, headers=artist.headers, json={"tier_id": chosen})
        assert answer.status_code == 400
        assert answer.json()["details"][0]["field"] == "tier_id"
    with pytest.raises(ConstraintViolation):
        async with services.database.transaction() as tx:
            await tx.run("update tracks set tier_id = $2 where id = $1", names["track"], foreign.id)
    kept = await client.put(path, headers=artist.headers, json={"description": "New"})
    assert kept.json()["data"]["tier_id"] == tier_id
    answer = await client.put(path, headers=artist.headers, json={"tier_id": None})
    assert answer.json()["data"]["tier_id"] is None
    answer = await client.get(path, headers=people["member"].headers)
    assert answer.status_code == 404


async def test_a_tier_that_is_deleted_or_given_to_another_profile_leaves_its_items(
    client, services, artist, people, names, tier_id
):
    path, other = f"tracks/{names['track']}", await make.person(services, "creator")
    async with services.database.transaction() as tx:
        # As profiles become one: items and tiers move one after the other.
        await track_data.move(tx, artist.id, other.id)
        await release_data.move(tx, artist.id, other.id)
        await post_data.move(tx, artist.id, other.id)
        await stream_data.move(tx, artist.id, other.id)
        await tier_data.move(tx, artist.id, other.id)
        await tx.run(
            "update memberships set profile_id = $2 where profile_id = $1", artist.id, other.id
        )
    answer = await client.get(path, headers=people["member"].headers)
    assert answer.json()["data"]["tier_id"] == tier_id
    # Without the tier the post would be for all: its tier is only closed.
    closed = await client.delete(f"sell/tiers/{tier_id}", headers=other.headers)
    assert closed.json()["data"]["is_open"] is False
    async with services.database.transaction() as tx:
        await tx.run("delete from posts where author_id = $1", other.id)
        await tx.run("delete from tiers where id = $1::uuid", tier_id)
    answer = await client.get(path, headers=other.headers)
    assert answer.json()["data"]["tier_id"] is None


async def test_a_release_gives_its_tier_to_its_private_tracks_and_takes_it_off_again(
    client, services, artist, people, names, tier_id
):
    path, member = f"releases/{names['release']}", people["member"]

    async def list_heard() -> list[str]:
        found = await client.get(f"{path}/tracks", headers=member.headers)
        return [each["track"]["id"] for each in found.json()["data"]["tracks"]]

    assert await list_heard() == [names["track"], names["inner"]]
    async with services.database.transaction() as tx:
        high = await make.tier(tx, artist.member, "Platinum", position=9)
        await tx.run("update tracks set tier_id = $2 where id = $1", names["track"], high.id)
    # The track has another tier now, which stays.
    for chosen, status in ((str(high.id), 404), (tier_id, 200), (None, 404)):
        answer = await client.put(path, headers=artist.headers, json={"tier_id": chosen})
        assert answer.json()["data"]["tier_id"] == chosen
        answer = await client.get(path, headers=member.headers)
        assert answer.status_code == status
        answer = await client.get(f"tracks/{names['inner']}", headers=member.headers)
        assert answer.status_code == status
    both = [
        (await client.get(f"tracks/{names[each]}", headers=artist.headers)).json()["data"]
        for each in ("track", "inner")
    ]
    assert [each["tier_id"] for each in both] == [None, None]


async def test_everybody_sees_that_it_is_there_and_members_open_it(client, artist, people, names):
    path = f"profiles/{artist.id}/exclusives"
    callers = {"visitor": {}} | {name: person.headers for name, person in people.items()}
    for who, headers in callers.items():
        found, page = [], {"has_more": True, "next_cursor": None}
        while page["has_more"]:
            params = {"limit": 1} | ({"cursor": page["next_cursor"]} if found else {})
            answer = await client.get(path, headers=headers, params=params)
            page = answer.json()["data"]
            found += page["items"]
        if who == "blocked":
            assert found == []
            continue
        has_access = who in {"member", "higher"}
        assert [each["kind"] for each in found] == ["post", "release"]
        assert {each["has_access"] for each in found} == {has_access}
        assert {each["tier_name"] for each in found} == {"Silver"}
        assert found[1]["title"] == f"{names['w']} release"
        assert (found[0]["title"] is not None) == has_access
