"""A member's name and picture are shown wherever the API shows the member, also after a change."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests import make
from veza.app.worker import run_until_empty
from veza.core.access import Role
from veza.core.ids import CommentId, new_id
from veza.core.visibility import Visibility


@dataclass(frozen=True)
class Shown:
    """Somebody whose things are in many lists, one who reads them, and the paths of the lists."""

    owner: make.Person
    reader: make.Person
    paths: list[str]


@pytest.fixture
async def shown(services) -> Shown:
    """Make one thing of each kind that shows its owner."""
    owner = await make.person(services, Role.CREATOR)
    reader = await make.person(services, Role.CREATOR)
    word = f"w{new_id().hex[-12:]}"
    await make.follows(services, owner, reader)
    await make.follows(services, reader, owner)
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, owner.member, word)
        sql = (
            "insert into track_comments (id, track_id, author_id, content) values ($1, $2, $3, $4)"
        )
        await tx.run(sql, CommentId(new_id()), track, owner.id, "Listen.")
        await tx.run(
            "insert into track_likes (user_id, track_id) values ($1, $2)", reader.id, track
        )
        playlist, _ = await make.playlist(tx, owner.member, word, track, "public")
        release = await make.release(tx, owner.member, word, track, visibility=Visibility.PUBLIC)
        post = await make.post(tx, owner.member, word)
        await tx.run("update posts set track_id = $2 where id = $1", post, track)
        await make.post_comment(tx, owner.member, post)
        product = await make.product(tx, owner.member, word, track_id=track)
        await make.bought(tx, reader.member, product)
        sold = await make.product(tx, reader.member, word)
        await make.review(tx, owner.member, sold)
        stream = await make.stream(tx, owner.member, word)
        show = await make.show(tx, owner.member, track, title=word)
        other = await make.product(tx, owner.member, word)
        bundle = await make.bundle(tx, owner.member, product, other, title=word)
        await make.notification(tx, reader.member, owner.member)
    station = await make.station(services, owner, [track], word)
    clip = await make.clip(services, stream, owner, word)
    group = await make.conversation(services, "group", owner, reader)
    await make.conversation(services, "direct", owner, reader)
    await make.message(services, owner, group, track_id=track)
    paths = [
        *(f"tracks/{track}", f"users/{owner.username}/tracks", f"tracks/{track}/comments"),
        *("users/me/likes", f"playlists/{playlist}", f"playlists/{playlist}/entries"),
        *(f"releases/{release}", f"users/{owner.username}/releases"),
        *(f"social/posts/{post}", f"social/posts/{post}/comments", "social/feed"),
        *(f"marketplace/products/{product}", f"marketplace/products/{sold}/reviews"),
        *("marketplace/orders", "sell/orders", f"live/streams/{stream}", "notifications"),
        *("conversations", f"conversations/{group}/members", f"conversations/{group}/history"),
        *(f"users/{reader.username}/followers", f"users/{reader.username}/following"),
        *(f"users/{owner.username}", f"search?q={word}"),
        *(f"live/streams/{stream}/clips", f"live/clips/{clip}"),
        *(f"shows/{show}", f"shows/{show}/episodes", f"shows/{show}/episodes/{track}"),
        *(f"users/{owner.username}/shows", f"stations/{station}", f"stations?owner_id={owner.id}"),
        *(f"marketplace/bundles/{bundle}", f"marketplace/bundles?seller_id={owner.id}"),
    ]
    return Shown(owner, reader, paths)


def find_members(answer: Any) -> Iterator[dict[str, Any]]:
    """Return all members in an answer: what has a username and an id."""
    if isinstance(answer, dict):
        if {"id", "username"} <= answer.keys():
            yield answer
        for part in answer.values():
            yield from find_members(part)
    elif isinstance(answer, list):
        for part in answer:
            yield from find_members(part)


@pytest.mark.long
async def test_a_new_name_and_picture_are_seen_everywhere(client, shown, change, upload, picture):
    async def read(path: str) -> list[dict[str, Any]]:
        """Return how an answer shows the owner; everybody in it has all fields."""
        answer = await client.get(path, headers=shown.reader.headers)
        assert answer.status_code == 200, (path, answer.text)
        members = list(find_members(answer.json()["data"]))
        fields = {"id", "username", "display_name", "handle", "avatar_url"}
        assert all(fields <= member.keys() for member in members), path
        return [member for member in members if member["id"] == str(shown.owner.id)]

    name, url = shown.owner.username, None
    for _ in range(2):
        for path in shown.paths:
            found = await read(path)
            looks = {(each["display_name"], each["handle"], each["avatar_url"]) for each in found}
            assert looks == {(name, shown.owner.username, url)}, path
        name = f"Björk {new_id().hex[-6:]}"
        await change(by=shown.owner, display_name=name)
        answer = await upload("avatar", picture, by=shown.owner)
        url = answer.json()["data"]["avatar_url"]


async def test_members_and_their_music_are_found_by_the_new_name(client, services, shown, change):
    name = f"Ærøskøbing{new_id().hex[-10:]}"
    await change(by=shown.owner, display_name=name)
    await run_until_empty(services)

    answer = await client.get("search", params={"q": name.lower(), "types": "artists,tracks"})

    found = answer.json()["data"]
    assert [each["id"] for each in found["artists"]] == [str(shown.owner.id)]
    assert [each["artist"]["display_name"] for each in found["tracks"]] == [name]
