"""Public playlists in the search for everything."""

import pytest

from tests import make
from tests.domains.music.playlists.routes_steps import fill
from veza.app.domains import PERSONAL_DATA
from veza.core.ids import new_id
from veza.domains.music.playlists.jobs import refresh_search
from veza.domains.music.playlists.service.search import index_batch

_IS_INDEXED = "select exists (select from playlist_search where id = $1)"


@pytest.fixture
def word():
    return f"z{new_id().hex[-12:]}"


@pytest.fixture
def create(client, owner):
    """Create a public playlist of the owner: `await create("Title", visibility=…)`."""

    async def create_playlist(title, **fields):
        form = {"title": title, "visibility": "public"} | fields
        answer = await client.post("playlists", headers=owner.headers, json=form)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return create_playlist


async def _found(client, text, person=None):
    headers = person.headers if person else {}
    params = {"q": text, "types": "playlists", "limit": 20}
    answer = await client.get("search", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [playlist["id"] for playlist in answer.json()["data"]["playlists"]]


async def _change(client, owner, playlist, **fields):
    path = f"playlists/{playlist['id']}"
    answer = await client.put(path, headers=owner.headers, json=fields)
    assert answer.status_code == 200, answer.text


async def _is_indexed(services, playlist):
    async with services.database.read() as conn:
        return await conn.value(bool, _IS_INDEXED, playlist["id"])


async def test_a_playlist_is_found_by_title_and_owner(client, owner, create, word):
    made = await create(f"Édith's {word} drive", description="Hidden words")
    smart = await create(f"{word} rules", rules={"genres": ["ambient"]})

    assert await _found(client, f"edith {word}") == [made["id"]]
    assert await _found(client, f"{word[:-2]}x{word[-1]} edith") == [made["id"]]
    assert await _found(client, f"{owner.username} {word} drive") == [made["id"]]
    assert set(await _found(client, owner.username)) == {made["id"], smart["id"]}
    assert await _found(client, f"{word} hidden") == []


async def test_a_found_playlist_is_shown_as_by_its_address(client, owner, other, create, word):
    made = await create(word)
    path = f"playlists/{made['id']}"
    for person, role in ((owner, "owner"), (other, None)):
        params = {"q": word, "types": "playlists"}
        found = await client.get("search", params=params, headers=person.headers)
        shown = await client.get(path, headers=person.headers)
        assert found.json()["data"]["playlists"] == [shown.json()["data"]]
        assert shown.json()["data"]["role"] == role


@pytest.mark.parametrize("visibility", ["private", "unlisted"])
async def test_what_is_not_public_is_never_indexed(
    client, services, owner, create, word, visibility
):
    hidden = await create(word, visibility=visibility)
    await _change(client, owner, hidden, title=f"{word} renamed")
    async with services.database.transaction() as tx:
        assert len(await index_batch(tx, owner.id, None)) == 1
    assert not await _is_indexed(services, hidden)
    assert await _found(client, word, owner) == []

    await _change(client, owner, hidden, visibility="public")
    assert await _found(client, word) == [hidden["id"]]
    await _change(client, owner, hidden, visibility=visibility)
    assert await _found(client, word, owner) == []
    assert not await _is_indexed(services, hidden)


async def test_a_renamed_or_deleted_playlist_is_no_longer_found(
    client, services, owner, create, word
):
    made = await create(word)
    await _change(client, owner, made, title="Another title")
    assert await _found(client, word) == []
    await _change(client, owner, made, title=word)
    assert await _found(client, word) == [made["id"]]

    await client.delete(f"playlists/{made['id']}", headers=owner.headers)
    assert await _found(client, word) == []
    assert not await _is_indexed(services, made)


async def test_members_who_block_each_other_find_nothing_of_each_other(
    client, services, owner, other, create, word
):
    made = await create(word)
    blocked = await make.person(services)
    await make.blocks(services, other, owner)
    await make.blocks(services, owner, blocked)

    assert await _found(client, word) == [made["id"]]
    assert await _found(client, word, other) == await _found(client, word, blocked) == []


async def test_a_suspended_owner_is_hidden_at_once_and_shown_again(
    client, services, owner, create, word, work
):
    made = await create(word)
    await make.suspended(services, owner)
    assert await _found(client, word) == []
    await work()
    assert not await _is_indexed(services, made)

    await make.unsuspended(services, owner)
    await work()
    assert await _found(client, word) == [made["id"]]


async def test_a_playlist_is_found_by_the_new_name_of_its_owner(client, owner, create, word, work):
    made = await create("Night drive")
    answer = await client.put("users/me", headers=owner.headers, json={"username": word})
    assert answer.status_code == 200, answer.text
    await work()
    assert await _found(client, word) == [made["id"]]
    assert await _found(client, owner.username) == []


async def test_playlists_with_more_tracks_come_first(client, services, owner, add, create, word):
    full, empty = await create(word), await create(word)
    assert await _found(client, word) == [empty["id"], full["id"]]
    await fill(client, full["id"], owner, *[await add() for _ in range(3)])

    await refresh_search(services.database)

    assert await _found(client, word) == [full["id"], empty["id"]]


async def test_the_index_is_built_again_in_batches(client, services, owner, create, word):
    made = await create(word)
    async with services.database.transaction() as tx:
        await tx.run("delete from playlist_search where id = $1", made["id"])
        indexed = await index_batch(tx, owner.id, None)
        assert await index_batch(tx, owner.id, indexed[-1]) == []
    assert await _found(client, word) == [made["id"]]


async def test_the_name_of_an_erased_owner_leaves_the_dictionary(services, owner, create):
    made = await create("Night drive")
    sql = "select count(*) from search_words where kind = 'playlist' and word = $1"
    async with services.database.transaction() as tx:
        assert await tx.value(int, sql, owner.username.lower()) == 1
        await PERSONAL_DATA["playlists"].erase(tx, owner.id)
        assert await tx.value(int, sql, owner.username.lower()) == 0
        assert not await tx.value(bool, _IS_INDEXED, made["id"])
