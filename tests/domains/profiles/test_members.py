"""Members of a page: their roles, who is shown, and the owner who stays."""

import asyncio

import pytest

from tests import make
from tests.make import Page
from veza.core.profiles import PageKind, ProfileRole


@pytest.fixture
async def page(services, ann) -> Page:
    return await make.page(services, ann)


def path_of(page: Page, person) -> str:
    return f"profiles/{page.id}/members/{person.id}"


async def roles(client, page, headers=None) -> dict[str, object]:
    answer = await client.get(f"profiles/{page.id}/members", headers=headers)
    return {each["id"]: each["role"] for each in answer.json()["data"]["members"]}


@pytest.mark.parametrize("kind", [PageKind.BAND, PageKind.PODCAST])
async def test_members_of_a_band_are_shown_and_others_choose_to_be(
    client, services, ann, bob, kind
):
    band = await make.page(services, ann, kind)
    artist = await make.page(services, ann)
    await make.role_in(services, artist, bob)
    assert await roles(client, band) == {str(ann.id): None}
    assert await roles(client, artist) == {}
    assert await roles(client, artist, bob.headers) == {str(ann.id): "owner", str(bob.id): "editor"}

    shown = await client.put(path_of(artist, bob), headers=bob.headers, json={"is_shown": True})
    assert shown.json()["data"]["is_shown"] is True
    assert await roles(client, artist) == {str(bob.id): None}
    refused = await client.put(path_of(artist, bob), headers=ann.headers, json={"is_shown": False})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")

    await make.suspended(services, bob)
    assert await roles(client, artist) == {}


@pytest.mark.parametrize(
    ("own", "of", "wanted", "status"),
    [
        ("manager", "editor", "uploader", 200),
        ("manager", "editor", "owner", 403),
        ("manager", "editor", "finance", 403),
        ("manager", "owner", "editor", 403),
        ("manager", "finance", "editor", 403),
        ("editor", "uploader", "editor", 403),
        ("owner", "finance", "owner", 200),
    ],
)
async def test_nobody_gives_more_than_they_have(client, services, page, own, of, wanted, status):
    giver, other = await make.person(services), await make.person(services)
    await make.role_in(services, page, giver, ProfileRole(own))
    await make.role_in(services, page, other, ProfileRole(of))
    answer = await client.put(path_of(page, other), headers=giver.headers, json={"role": wanted})
    assert answer.status_code == status, answer.text
    assert (await roles(client, page, giver.headers))[str(other.id)] == (
        wanted if status == 200 else of
    )


async def test_the_last_owner_stays(client, services, page, ann, bob):
    refused = await client.delete(path_of(page, ann), headers=ann.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    demoted = await client.put(path_of(page, ann), headers=ann.headers, json={"role": "editor"})
    assert demoted.json()["code"] == "last_owner"

    await make.role_in(services, page, bob, ProfileRole.OWNER)
    left = await asyncio.gather(
        client.delete(path_of(page, ann), headers=ann.headers),
        client.delete(path_of(page, bob), headers=bob.headers),
    )
    assert sorted(each.status_code for each in left) == [200, 409]


async def test_an_owner_who_is_suspended_holds_nothing_together(client, services, page, ann, bob):
    await make.role_in(services, page, bob, ProfileRole.OWNER)
    await make.suspended(services, bob)
    assert (await client.delete(path_of(page, ann), headers=ann.headers)).status_code == 409


async def test_a_personal_profile_has_no_members(client, ann, bob):
    assert (await client.get(f"profiles/{ann.id}/members")).json()["data"]["members"] == []
    path = f"profiles/{ann.id}/members/{bob.id}"
    answer = await client.put(path, headers=ann.headers, json={"role": "editor"})
    assert (answer.status_code, answer.json()["code"]) == (409, "personal_profile")


async def test_who_was_shown_stays_a_former_member_until_removed(client, services, ann, bob):
    band = await make.page(services, ann, PageKind.BAND)
    carl, dora = await make.person(services), await make.person(services)
    for person, is_shown in ((bob, True), (carl, True), (dora, False)):
        await make.role_in(services, band, person)
        body = {"is_shown": is_shown}
        await client.put(path_of(band, person), headers=person.headers, json=body)
        left = await client.delete(path_of(band, person), headers=person.headers)
        assert left.status_code == 200, left.text

    async def list_former() -> list[str]:
        answer = await client.get(f"profiles/{band.id}/members")
        return [each["username"] for each in answer.json()["data"]["former"]]

    assert await list_former() == [carl.username, bob.username]
    strange = await client.delete(path_of(band, bob), headers=dora.headers)
    assert (strange.status_code, strange.json()["code"]) == (403, "not_your_profile")
    for remover in (bob, ann):
        removed = await client.delete(path_of(band, bob), headers=remover.headers)
        assert removed.status_code == (200 if remover is bob else 404), removed.text
    assert await list_former() == [carl.username]
    await make.role_in(services, band, carl)
    assert await list_former() == []


@pytest.mark.parametrize("way", ["handed over", "removed", "demoted"])
async def test_who_does_not_manage_a_page_any_more_does_not_know_its_stream_key(
    client, services, page, ann, bob, way
):
    await make.role_in(services, page, bob, ProfileRole.OWNER)
    editor = await make.person(services)
    await make.role_in(services, page, editor)
    key = await client.get("live/streams/me/key", headers=page.headers_of(bob))

    path = f"profiles/{page.id}/members"
    await client.delete(f"{path}/{editor.id}", headers=page.owner.headers)
    await make.delivered(services)
    same = await client.get("live/streams/me/key", headers=page.headers_of(bob))
    assert same.json()["data"] == key.json()["data"]

    if way == "handed over":
        form = {"username": bob.username}
        answer = await client.post(f"profiles/{page.id}/transfer", headers=ann.headers, json=form)
    elif way == "removed":
        answer = await client.delete(f"{path}/{ann.id}", headers=bob.headers)
    else:
        form = {"role": "editor"}
        answer = await client.put(f"{path}/{ann.id}", headers=bob.headers, json=form)
    assert answer.status_code == 200, answer.text
    await make.delivered(services)
    other = await client.get("live/streams/me/key", headers=page.headers_of(bob))
    assert other.json()["data"]["stream_key"] != key.json()["data"]["stream_key"]
