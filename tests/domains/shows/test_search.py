"""Public shows in the search, in the sitemap, on the page of their profile, and in its counts."""

from xml.etree import ElementTree

import pytest

from tests import make
from tests.domains.shows.show_world import made
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.public_pages.sitemaps.models import RobotsPolicy
from veza.domains.public_pages.sitemaps.service import Sitemaps
from veza.domains.shows.jobs import recount_search_words, refresh_search
from veza.domains.shows.service.search import index_batch

_IS_INDEXED = "select exists (select from show_search where id = $1)"
_POPULARITY = "select popularity from show_search where id = $1"


@pytest.fixture
def word():
    return f"z{new_id().hex[-12:]}"


@pytest.fixture
async def owner(services):
    return await make.person(services, Role.CREATOR)


async def _found(client, text, person=None):
    headers = person.headers if person else {}
    params = {"q": text, "types": "shows", "limit": 20}
    answer = await client.get("search", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    assert not any(found[kind] for kind in found if kind != "shows")
    return [show["id"] for show in found["shows"]]


async def _change(client, owner, show, **fields):
    answer = await client.put(f"shows/{show['id']}", headers=owner.headers, json=fields)
    assert answer.status_code == 200, answer.text


async def test_a_show_is_found_by_title_owner_and_description(client, owner, word):
    show = await made(client, "shows", owner, title=f"Édith's {word}", description="Slow machines")

    typed = f"{word[:-2]}x{word[-1]}"
    for text in (f"edith {word}", f"{word} slow", f"{owner.username} {word}", typed):
        assert await _found(client, text) == [show["id"]], text
    answer = await client.get("search", params={"q": word}, headers=owner.headers)
    shown = await client.get(f"shows/{show['id']}", headers=owner.headers)
    assert answer.json()["data"]["shows"] == [shown.json()["data"]]


@pytest.mark.parametrize("visibility", ["private", "unlisted"])
async def test_what_is_not_public_is_never_indexed(client, services, owner, word, visibility):
    hidden = await made(client, "shows", owner, title=word, visibility=visibility)
    await _change(client, owner, hidden, title=f"{word} renamed")
    async with services.database.transaction() as tx:
        await index_batch(tx, owner.id, None)
        assert not await tx.value(bool, _IS_INDEXED, hidden["id"])
    assert await _found(client, word, owner) == []


async def test_the_search_follows_what_the_owner_changes(client, owner, word):
    show = await made(client, "shows", owner, title=word)
    await _change(client, owner, show, title="Another")
    assert await _found(client, word) == []
    await _change(client, owner, show, title=word, visibility="private")
    assert await _found(client, word) == []
    await _change(client, owner, show, visibility="public")
    assert await _found(client, word) == [show["id"]]
    await client.delete(f"shows/{show['id']}", headers=owner.headers)
    assert await _found(client, word) == []


async def test_shows_of_the_suspended_and_of_who_blocks_are_not_found(
    client, services, owner, word
):
    blocked = await make.person(services)
    show = await made(client, "shows", owner, title=word)
    await make.blocks(services, owner, blocked)
    assert await _found(client, word, blocked) == []
    assert await _found(client, word) == [show["id"]]
    await make.suspended(services, owner)
    assert await _found(client, word) == []


async def test_shows_with_more_episodes_come_first(client, services, world, word):
    few = await made(client, "shows", world.owner, title=word)
    await _change(client, world.owner, world.show, title=word)
    await refresh_search(services.database)
    await recount_search_words(services.database)
    async with services.database.read() as conn:
        popular = await conn.value(float, _POPULARITY, world.show["id"])
        other = await conn.value(float, _POPULARITY, few["id"])
    # Two are published, and the planned one is not counted.
    assert (round(popular, 2), other) == (1.1, 0)
    assert await _found(client, word) == [world.show["id"], few["id"]]


async def test_a_show_is_hidden_between_its_index_and_the_answer(client, services, owner, word):
    show = await made(client, "shows", owner, title=word)
    async with services.database.transaction() as tx:
        await tx.run("update shows set visibility = 'private' where id = $1", show["id"])
    assert await _found(client, word) == []


async def test_the_sitemap_has_public_shows(client, app, settings, owner, word):
    shown = await made(client, "shows", owner, title=word)
    hidden = await made(client, "shows", owner, title=word, visibility="unlisted")
    app.state.services.replace(Sitemaps, Sitemaps(RobotsPolicy(is_allowed=True)))
    async with calling(wrap(app, settings), path="/") as site:
        listed = [
            address
            for file in await _locations(site, "/sitemap.xml")
            if "/sitemaps/shows/" in file
            for address in await _locations(site, file)
        ]
    assert [each for each in listed if shown["id"] in each or hidden["id"] in each] == [
        f"http://veza.test/shows/{shown['id']}"
    ]


async def _locations(site, path):
    answer = await site.get(path)
    assert answer.status_code == 200, answer.text
    found = ElementTree.fromstring(answer.content)
    return [str(each.text) for each in found.iter() if each.tag.endswith("}loc")]


async def test_the_page_of_a_profile_counts_public_shows(client, owner):
    for visibility in ("public", "unlisted", "private"):
        await made(client, "shows", owner, title="Counted", visibility=visibility)
    answer = await client.get(f"profiles/by-handle/{owner.username}")
    assert answer.json()["data"]["contents"]["shows"] == 1
    listed = await client.get(f"users/{owner.username}/shows")
    assert [each["visibility"] for each in listed.json()["data"]["shows"]] == ["public"]


async def test_a_show_of_who_reserves_mining_says_so(client, services, owner):
    show = await made(client, "shows", owner, title="Reserved")
    async with services.database.transaction() as tx:
        await tx.run("update profiles set tdm_reserved = true where id = $1", owner.id)
    answer = await client.get(f"shows/{show['id']}")
    assert answer.headers["tdm-reservation"] == "1"


async def test_the_name_of_an_erased_owner_leaves_the_dictionary(services, client, owner):
    show = await made(client, "shows", owner, title="Night tape")
    sql = "select count(*) from search_words where kind = 'show' and word = $1"
    async with services.database.transaction() as tx:
        assert await tx.value(int, sql, owner.username.lower()) == 1
        await PERSONAL_DATA["shows"].erase(tx, owner.id)
        assert await tx.value(int, sql, owner.username.lower()) == 0
        assert not await tx.value(bool, _IS_INDEXED, show["id"])
