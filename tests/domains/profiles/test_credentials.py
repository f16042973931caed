"""API keys that act as one page, and uploads in pieces as a page."""

import base64

import httpx
import pytest

from tests import make
from tests.make import Page
from veza.core.profiles import ProfileRole


@pytest.fixture
async def page(services, ann) -> Page:
    return await make.page(services, ann)


async def create_key(client: httpx.AsyncClient, person, page) -> httpx.Response:
    form = {"name": "Studio", "scopes": ["read", "write"], "profile_id": str(page.id)}
    return await client.post("developer/api-keys", headers=person.headers, json=form)


async def test_a_key_acts_as_its_page_and_dies_with_the_role(client, services, page, ann, bob):
    refused = await create_key(client, bob, page)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    await make.role_in(services, page, bob, ProfileRole.UPLOADER)
    made = (await create_key(client, bob, page)).json()["data"]
    assert made["profile_id"] == str(page.id)
    key = {"X-API-Key": made["key"]}

    own = (await client.get("users/me/profiles", headers=key)).json()["data"]["profiles"]
    assert [each["id"] for each in own] == [str(page.id)]
    release = await client.post("releases", headers=key, json={"title": "One", "type": "single"})
    assert release.status_code == 201, release.text
    assert str(page.id) in release.text
    post = await client.post("social/posts", headers=key, json={"content": "x"})
    assert (post.status_code, post.json()["code"]) == (403, "not_your_profile")
    # It reaches neither its member nor another page of theirs.
    other = await make.page(services, bob)
    for wanted in (bob.id, other.id):
        named = key | {"X-Veza-Profile": str(wanted)}
        assert (await client.get("users/me/likes", headers=named)).status_code == 403
    both = bob.headers | key
    assert (await client.get("users/me/likes", headers=both)).status_code == 200

    path = f"profiles/{page.id}/members/{bob.id}"
    assert (await client.delete(path, headers=ann.headers)).status_code == 200
    assert (await client.get("users/me/likes", headers=key)).status_code == 401
    keys = await client.get("developer/api-keys", headers=bob.headers)
    assert keys.json()["data"]["api_keys"] == []


def begin(purpose: str) -> dict[str, str]:
    fields = {"purpose": purpose, "filename": "a.png"}
    said = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in fields.items())
    return {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": said}


async def test_an_upload_in_pieces_is_the_pages_and_needs_the_role_each_time(
    client, services, page, bob, ann
):
    await make.role_in(services, page, bob, ProfileRole.UPLOADER)
    headers = page.headers_of(bob)
    made = await client.post("uploads", headers=headers | begin("image"))
    assert made.status_code == 201, made.text
    path = f"uploads/{made.json()['data']['id']}"
    assert (await client.get(path, headers=bob.headers)).status_code == 404
    assert (await client.get(path, headers=page.headers)).status_code == 200

    async with services.database.transaction(recorded=False) as tx:
        sql = "update profile_members set role = 'moderator' where user_id = $1"
        await tx.run(sql, bob.id)
    chunk = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    sent = headers | chunk | {"Tus-Resumable": "1.0.0"}
    refused = await client.patch(path, headers=sent, content=b"1234")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_profile")
    refused = await client.post("uploads", headers=headers | begin("image"))
    assert refused.json()["code"] == "not_your_profile"
