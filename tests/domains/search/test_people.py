"""Searches find pages, and followed people with a name, without a public track."""

import pytest

from tests import make
from veza.app.search_index import IndexMember, index_member
from veza.core.access import Role


@pytest.fixture
def found(client):
    """Search artists: `await found("mirabel", viewer)`."""

    async def ask(text, viewer=None):
        headers = viewer.headers if viewer else {}
        query = {"q": text, "types": "artists"}
        answer = await client.get("search", params=query, headers=headers)
        return [each["id"] for each in answer.json()["data"]["artists"]]

    return ask


async def test_a_page_is_found_without_tracks_until_it_is_suspended(services, found):
    owner, admin = await make.person(services, Role.CREATOR), await make.person(services)
    page = await make.page(services, owner, display_name="Gloaming Orchard")
    await make.delivered(services)
    async with services.database.read() as conn:
        named = "convert_from(payload, 'UTF8') like $1"
        sql = f"select count(*) from jobs where name = 'IndexMember' and {named}"
        assert await conn.value(int, sql, f"%{page.id}%") == 1
    await index_member(services.database, IndexMember(page.id))

    assert await found("gloaming") == [str(page.id)]
    assert await found(page.handle) == [str(page.id)]
    await make.blocks(services, admin, page.as_owner)
    assert await found("gloaming", admin) == []
    await make.suspended(services, page.as_owner)
    assert await found("gloaming") == []


async def test_a_person_is_found_who_has_a_name_and_a_follower(client, services, found):
    named, plain, fan = [await make.person(services) for _ in range(3)]
    answer = await client.put(
        f"profiles/{named.id}", headers=named.headers, json={"display_name": "Halcyon Pennywort"}
    )
    assert answer.status_code == 200, answer.text
    await index_member(services.database, IndexMember(named.id))
    assert await found("pennywort") == []

    for who in (named, plain):
        await client.post(f"users/{who.id}/follow", headers=fan.headers)
    await make.delivered(services)
    assert await found("pennywort") == [str(named.id)]
    assert await found(plain.username) == []

    await client.delete(f"users/{named.id}/follow", headers=fan.headers)
    assert await found("pennywort") == []
