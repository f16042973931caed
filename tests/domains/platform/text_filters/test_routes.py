"""Filters as admins keep them, and texts that are refused or reported by them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import make
from tests.domains.realtime.chat_client import FakeClient
from tests.infra.waiting import until
from tests.make import Person
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.platform.text_filters import rules, service
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.events import TEXT_FILTERS_CHANGED
from veza.domains.realtime import frame_handlers
from veza.domains.realtime.models import MessageData, MessageFrame
from veza.infra.postgres.revisions import announce

type SetFilter = Callable[..., Awaitable[httpx.Response]]

PATH = "admin/text-filters"


@pytest.fixture(scope="module")
async def admin(services: Services) -> Person:
    return await make.person(services, Role.ADMIN)


@pytest.fixture
async def ann(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture(autouse=True)
async def _emptied(services: Services) -> AsyncIterator[None]:
    """Begin without the filters of other tests, and leave none."""
    await _delete_filters(services)
    yield
    await _delete_filters(services)


async def _delete_filters(services: Services) -> None:
    async with services.database.transaction() as tx:
        await tx.run("delete from text_filters")
        await announce(tx, TEXT_FILTERS_CHANGED, "all")


@pytest.fixture
def put(client: httpx.AsyncClient, admin: Person) -> SetFilter:
    async def send(text: str, effect: str = "reject", kind: str = "words") -> httpx.Response:
        body = {"kind": kind, "text": text, "effect": effect}
        return await client.post(PATH, json=body, headers=admin.headers)

    return send


async def publish(client: httpx.AsyncClient, by: Person, content: str) -> httpx.Response:
    return await client.post("social/posts", headers=by.headers, json={"content": content})


def refused_fields(answer: httpx.Response) -> list[str]:
    assert (answer.status_code, answer.json()["code"]) == (400, "text_refused"), answer.text
    return [each["field"] for each in answer.json()["details"]]


async def test_admins_keep_filters(client: httpx.AsyncClient, put: SetFilter, admin: Person):
    made = (await put("Cheap  followers")).json()["data"]
    domain = (await put("https://Spam.example/", kind="domain")).json()["data"]
    # The same filter in another spelling is changed.
    again = (await put("cheap FOLLOWERS", effect="report")).json()["data"]

    assert again == made | {"text": "cheap FOLLOWERS", "effect": "report"}
    listed = await client.get(PATH, headers=admin.headers)
    assert listed.json()["data"] == {"filters": [again, domain]}
    gone = await client.delete(f"{PATH}/{domain['id']}", headers=admin.headers)
    assert gone.json()["data"] == {"id": domain["id"]} | gone.json()["data"]
    twice = await client.delete(f"{PATH}/{domain['id']}", headers=admin.headers)
    assert (twice.status_code, twice.json()["code"]) == (404, "text_filter_not_found")
    assert (await put("!?")).json()["details"][0]["field"] == "text"


async def test_their_number_is_limited(put: SetFilter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rules, "MAX_FILTERS", 1)
    assert (await put("one")).status_code == 200
    answer = await put("two")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_text_filters")
    assert (await put("ONE", effect="report")).status_code == 200


async def test_what_is_refused_names_the_fields_but_not_the_word(
    client: httpx.AsyncClient, services: Services, put: SetFilter, ann: Person
):
    post = (await publish(client, ann, "Fine")).json()["data"]
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, ann.member, "A track")
    await put("forbidden")

    answer = await publish(client, ann, "A FORBIDDEN word")
    assert refused_fields(answer) == ["content"]
    assert "orbidden" not in answer.text.lower()
    sent: list[tuple[str, str, dict[str, Any], list[str]]] = [
        ("POST", "social/comments", {"post_id": post["id"], "content": "forbidden"}, ["content"]),
        ("POST", f"tracks/{track_id}/comments", {"content": "forbidden"}, ["content"]),
        (
            "PUT",
            f"tracks/{track_id}",
            {"title": "Forbidden", "tags": ["a", "forbidden"]},
            ["title", "tags"],
        ),
        ("POST", "releases", {"title": "Forbidden"}, ["title"]),
        (
            "POST",
            "marketplace/products",
            {"title": "x", "type": "preset", "price_cents": 100, "description": "forbidden"},
            ["description"],
        ),
        ("PUT", "users/me", {"bio": "forbidden"}, ["bio"]),
    ]
    for method, path, body, fields in sent:
        answer = await client.request(method, path, json=body, headers=ann.headers)
        assert refused_fields(answer) == fields, path
    registration = {
        "username": "forbidden_one",
        "email": "forbidden@mail.example",
        "password": "a long enough sentence",
    }
    assert refused_fields(await client.post("auth/register", json=registration)) == ["username"]
    upload = {"data": {"title": "Forbidden"}, "files": {"file": ("a.wav", b"RIFF")}}
    answer = await client.post("tracks", headers=ann.headers, **upload)
    assert refused_fields(answer) == ["title"]


async def test_messages_are_refused_in_public_rooms_only(
    client: httpx.AsyncClient, services: Services, put: SetFilter, ann: Person
):
    ben = await make.person(services)
    await put("forbidden")
    room = await make.conversation(services, "room", ann)
    private = await make.conversation(services, "room", ann)
    async with services.database.transaction() as tx:
        await tx.run("update conversations set is_private = true where id = $1", private)
    direct = await make.conversation(services, "direct", ann, ben)
    content = {"content": "forbidden"}

    async def send(place: object, by: Person = ann) -> httpx.Response:
        path = f"conversations/{place}/messages"
        return await client.post(path, headers=by.headers, json=content)

    assert refused_fields(await send(room)) == ["content"]
    assert [(await send(place)).status_code for place in (private, direct)] == [201, 201]
    # Strangers are told no more than with any other text.
    assert (await send(private, ben)).status_code == 404
    path = f"conversations/{room}/messages"
    fine = await client.post(path, headers=ann.headers, json={"content": "Fine"})
    path = f"{path}/{fine.json()['data']['id']}"
    assert refused_fields(await client.put(path, headers=ann.headers, json=content)) == ["content"]
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    try:
        await services.hub.join(reader.connection, room)
        frame = MessageFrame(data=MessageData("forbidden", conversation_id=room))
        with pytest.raises(TextRefused):
            await frame_handlers.handle_frame(services.hub, reader.connection, frame)
    finally:
        services.hub.unregister(reader.connection)


async def test_what_is_flagged_is_published_and_reported_once(
    client: httpx.AsyncClient, services: Services, put: SetFilter, admin: Person, ann: Person
):
    ben = await make.person(services)
    await put("spam.example", effect="report", kind="domain")
    post = (await publish(client, ann, "See https://www.spam.example/")).json()["data"]
    release = await client.post("releases", json={"title": "spam.example"}, headers=ann.headers)
    release_id = release.json()["data"]["id"]
    await make.delivered(services)
    form = {"title": "spam.example again"}
    await client.put(f"releases/{release_id}", json=form, headers=ann.headers)
    report = {"content_type": "post", "content_id": post["id"], "reason": "An advertisement."}
    assert (await client.post("reports", headers=ben.headers, json=report)).status_code == 201
    await make.delivered(services)

    listed = (await client.get("admin/reports", headers=admin.headers)).json()["data"]["reports"]
    found = {each["content_id"]: each for each in listed}
    of_post, of_release = found[post["id"]], found[release_id]
    assert [(one["by_filter"], one["reporter"] is None) for one in of_post["entries"]] == [
        (True, True),
        (False, False),
    ]
    assert of_post["author"]["id"] == str(ann.id)
    assert "spam.example" in of_post["evidence"]["content"]
    assert [one["reason"] for one in of_release["entries"]] == ["A filter matched its text."]
    # What is gone before the report is not reported.
    second = (await publish(client, ann, "spam.example")).json()["data"]
    await client.delete(f"social/posts/{second['id']}", headers=ann.headers)
    await make.delivered(services)
    listed = (await client.get("admin/reports", headers=admin.headers)).json()["data"]["reports"]
    assert second["id"] not in {each["content_id"] for each in listed}


async def test_a_preview_finds_what_was_published(
    client: httpx.AsyncClient,
    services: Services,
    admin: Person,
    ann: Person,
    monkeypatch: pytest.MonkeyPatch,
):
    word = f"w{ann.id.hex}"
    async with services.database.transaction() as tx:
        # Other tests leave ids that are no times, and come first for that.
        for table in ("track_comments", "post_comments", "posts"):
            await tx.run(f"delete from {table} where id > $1", new_id())
        await make.post(tx, ann.member, f"With {word.upper()} in it. " + "x" * 300)
        post_id = await make.post(tx, ann.member, f"Not {word}s")
        await make.post_comment(tx, ann.member, post_id)
    query = {"kind": "words", "text": word}
    answer = await client.get(f"{PATH}/preview", params=query, headers=admin.headers)

    found = answer.json()["data"]
    assert found["matched"] == 1
    assert 3 <= found["scanned"] <= 1000
    (text,) = found["texts"]
    assert (text["content_type"], text["username"]) == ("post", ann.username)
    assert len(text["excerpt"]) == 200
    # The latest of all kinds together.
    monkeypatch.setattr(service, "_SCANNED", 1)
    answer = await client.get(f"{PATH}/preview", params=query, headers=admin.headers)
    assert answer.json()["data"] == {"scanned": 1, "matched": 0, "texts": []}
    refused = await client.get(
        f"{PATH}/preview", params=query | {"text": "!"}, headers=admin.headers
    )
    assert refused.status_code == 400


async def test_other_processes_know_a_filter_within_a_second(settings: Settings, put: SetFilter):
    async with open_services(settings) as other:
        await put("forbidden")
        await until(lambda: other.text_filters.index.phrases is not None)
