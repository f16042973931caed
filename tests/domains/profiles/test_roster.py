"""The artists of a label: asked by the label, shown once they accept, ended by either side."""

import pytest

from tests import make
from tests.make import Page
from veza.core.profiles import PageKind, ProfileRole


@pytest.fixture
async def label(services, ann) -> Page:
    return await make.page(services, ann, PageKind.LABEL, display_name="Harbour")


@pytest.fixture
async def artist(services, bob) -> Page:
    return await make.page(services, bob, display_name="Nova")


async def ask(client, label, artist, headers=None, scope="all"):
    form = {"profile_id": str(artist.id), "scope": scope}
    path = f"profiles/{label.id}/roster"
    return await client.post(path, headers=headers or label.headers, json=form)


async def roster(client, page, headers=None):
    found = await client.get(f"profiles/{page.id}/roster", headers=headers)
    return [(each["profile"]["id"], each["accepted"]) for each in found.json()["data"]["entries"]]


async def test_an_artist_is_shown_once_they_accept(client, services, label, artist):
    made = await ask(client, label, artist, scope="releases")
    assert made.status_code == 201, made.text
    entry = made.json()["data"]
    assert (entry["profile"]["id"], entry["scope"]) == (str(artist.id), "releases")
    assert await roster(client, label) == await roster(client, artist) == []
    assert await roster(client, label, label.headers) == [(str(artist.id), False)]
    assert await roster(client, artist, artist.headers) == [(str(label.id), False)]
    assert (await ask(client, label, artist)).json()["code"] == "already_on_roster"

    path = f"profiles/{label.id}/roster/{entry['id']}"
    for headers in (label.headers, label.owner.headers):
        refused = await client.post(f"{path}/accept", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    wrong = f"profiles/{artist.id}/roster/{entry['id']}/accept"
    assert (await client.post(wrong, headers=artist.headers)).status_code == 404
    accepted = await client.post(f"{path}/accept", headers=artist.owner.headers)
    assert accepted.json()["data"]["accepted"] is True
    assert await roster(client, label) == [(str(artist.id), True)]
    assert await roster(client, artist) == [(str(label.id), True)]
    assert artist.owner.username not in (await client.get(f"profiles/{label.id}/roster")).text


async def test_either_side_ends_it_and_nobody_else(client, services, label, artist):
    for leaving in (label, artist):
        entry = (await ask(client, label, artist)).json()["data"]["id"]
        path = f"profiles/{label.id}/roster/{entry}"
        stranger = await make.person(services)
        assert (await client.delete(path, headers=stranger.headers)).status_code == 403
        assert (await client.delete(path, headers=leaving.headers)).status_code == 200
        assert await roster(client, label, label.headers) == []


async def test_only_labels_have_a_roster(client, services, label, artist, ann, bob):
    other = await make.page(services, ann, PageKind.LABEL)
    assert (await ask(client, artist, label)).json()["code"] == "not_a_label"
    assert (await ask(client, label, other)).json()["code"] == "not_a_label"
    assert (await ask(client, label, bob)).status_code == 201
    editor = await make.person(services)
    await make.role_in(services, label, editor, ProfileRole.EDITOR)
    refused = await ask(client, label, artist, label.headers_of(editor))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    await client.post(f"users/{label.id}/block", headers=artist.headers)
    assert (await ask(client, label, artist)).json()["code"] == "profile_not_found"
