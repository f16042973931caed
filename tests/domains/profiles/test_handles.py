"""Handles change: the former one leads to the profile for a year, and nobody else gets it."""

import asyncio

import pytest

from tests import make
from veza.core.ids import new_id
from veza.domains.profiles.jobs import sweep_invitations


def handle() -> str:
    return f"h{new_id().hex[-20:]}"


async def open_page(client, path):
    """Open an address as a browser does: the document of the API knows no pages."""
    client.event_hooks["response"].clear()
    return await client.get(f"http://{client.base_url.host}{path}")


@pytest.fixture
async def moved(client, services, ann) -> tuple[make.Page, str]:
    """A page and its new handle."""
    page = await make.page(services, ann)
    after = handle()
    path = f"profiles/{page.id}"
    changed = await client.put(path, headers=page.headers, json={"handle": after})
    assert changed.json()["data"]["handle"] == after, changed.text
    return page, after


async def test_the_former_handle_redirects(client, moved):
    page, after = moved
    former = page.handle.upper()
    for path, target in (
        (f"/api/v1/profiles/by-handle/{former}", f"/api/v1/profiles/by-handle/{after}"),
        (f"/api/v1/users/{former}", f"/api/v1/users/{after}"),
        (f"/api/v1/users/{former}/tracks?limit=5", f"/api/v1/users/{after}/tracks?limit=5"),
        (f"/artists/{former}", f"/artists/{after}"),
        (f"/feeds/artists/{former}", f"/feeds/artists/{after}"),
    ):
        answer = await open_page(client, path)
        assert (answer.status_code, answer.headers.get("location")) == (302, target), path
    assert (await client.get(f"users/{after}")).json()["data"]["id"] == str(page.id)


async def test_the_short_address_leads_to_the_page(client, moved):
    _, after = moved
    answer = await open_page(client, f"/@{after}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/artists/{after}")


async def test_the_former_handle_is_given_to_nobody_else(client, services, moved, bob):
    page, _ = moved
    taken = {"username": page.handle}
    assert (await client.put("users/me", headers=bob.headers, json=taken)).status_code == 409
    form = {"kind": "artist", "handle": page.handle}
    refused = await client.post("profiles", headers=bob.headers, json=form)
    assert refused.json()["code"] == "username_taken"
    # It goes back to the profile that had it.
    path = f"profiles/{page.id}"
    back = await client.put(path, headers=page.headers, json={"handle": page.handle})
    assert back.status_code == 200
    assert (await client.get(f"users/{page.handle}")).status_code == 200


async def test_after_a_year_it_is_free(client, services, moved, bob):
    page, _ = moved
    async with services.database.transaction(recorded=False) as tx:
        sql = "update former_handles set until = now() where profile_id = $1"
        await tx.run(sql, page.id)
    assert (await client.get(f"profiles/by-handle/{page.handle}")).status_code == 404
    await sweep_invitations(services.database)
    taken = {"username": page.handle}
    assert (await client.put("users/me", headers=bob.headers, json=taken)).status_code == 200


async def test_of_two_who_rename_at_once_nobody_gets_the_former_name(client, services, ann, bob):
    page = await make.page(services, ann)
    path = f"profiles/{page.id}"
    answers = await asyncio.gather(
        client.put(path, headers=page.headers, json={"handle": handle()}),
        client.put("users/me", headers=bob.headers, json={"username": page.handle}),
    )
    assert [each.status_code for each in answers] == [200, 409]


async def test_a_member_keeps_the_former_username_and_no_more_than_five(client, ann, count):
    for _ in range(7):
        form = {"username": handle()}
        assert (await client.put("users/me", headers=ann.headers, json=form)).status_code == 200
    assert await count("select count(*) from former_handles where profile_id = $1", ann.id) == 5
    refused = await client.put(f"profiles/{ann.id}", headers=ann.headers, json={"handle": handle()})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
