"""Planned streams: their dates and covers, and who sees them."""

from datetime import datetime
from uuid import UUID

import pytest

from tests import make
from tests.domains.live.plans_steps import change, later, upcoming
from tests.domains.live.streams_steps import seen
from tests.make import Person
from tests.support.query_counts import count_statements
from veza.core.clock import now
from veza.domains.live.models.forms import StreamChange
from veza.domains.live.models.stored_streams import StreamState, StreamStatus
from veza.domains.live.rules import plans


@pytest.mark.parametrize(
    ("ahead", "rule"), [({"minutes": -1}, "not_in_future"), ({"days": 367}, "not_within_year")]
)
async def test_a_date_is_in_the_future_and_within_a_year(client, owner, create, ahead, rule):
    stream = await create()
    answers = [
        await client.post(
            "live/streams", headers=owner.headers, json={"title": "A", "starts_at": later(**ahead)}
        ),
        await change(client, owner, stream, starts_at=later(**ahead)),
    ]
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert [each["rule"] for each in answer.json()["details"]] == [rule]


async def test_only_a_stream_that_is_to_come_gets_a_date(client, services, ingest, owner, create):
    starts_at = later(minutes=30)
    stream = await create(starts_at=starts_at)
    await ingest.publish(stream["stream_key"])
    assert (await seen(client, stream["id"]))["status"] == "live"
    # What is said again is no change, even if the date has passed.
    assert (await change(client, owner, stream, starts_at=stream["starts_at"])).status_code == 200
    for said in (None, later(days=1)):
        answer = await change(client, owner, stream, starts_at=said)
        assert answer.json()["code"] == "stream_not_to_come"


async def test_an_encoder_starts_the_planned_stream_whose_time_it_is(
    client, services, ingest, create
):
    far = await create(title="Far", starts_at=later(days=20))
    near = await create(title="Near", starts_at=later(minutes=50))
    plain = await create(title="Plain")
    key = far["stream_key"]
    assert await ingest.publish(key) == near["id"]
    assert (await client.post(f"live/streams/{near['id']}/end")).status_code == 401
    async with services.database.transaction() as tx:
        sql = """
            update streams
               set status = 'ended', is_live = false, client_ref = null, ended_at = now()
             where id = $1"""
        await tx.run(sql, UUID(near["id"]))
    assert await ingest.publish(key) == plain["id"]
    async with services.database.transaction() as tx:
        await tx.run(sql, UUID(plain["id"]))
    # Nothing is due: what is planned for another day stays planned.
    other = await ingest.publish(key)
    assert other not in {far["id"], near["id"], plain["id"]}


async def test_upcoming_streams_are_listed_by_date_to_those_who_see_them(
    client, services, owner, other, create, ingest
):
    follower = await make.person(services)
    await make.follows(services, follower, owner)
    third = await create(title="3", starts_at=later(days=3))
    first = await create(title="1", starts_at=later(days=1))
    second = await create(title="2", starts_at=later(days=2), audience="followers")
    await create(title="unlisted", starts_at=later(days=2), audience="unlisted")
    await create(title="no date")
    foreign = await create(title="4", starts_at=later(days=4), by=other)
    down = await create(title="down", starts_at=later(days=2))
    await make.taken_down(services, "stream", UUID(down["id"]))
    gone = await create(title="gone", starts_at=later(days=2))
    answer = await client.post(f"live/streams/{gone['id']}/cancel", headers=owner.headers)
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "cancelled")

    async def titles(viewer: Person | None, **query: object) -> list[str]:
        found = (await upcoming(client, viewer, limit=100, **query))["streams"]
        ours = {str(owner.id), str(other.id)}
        return [each["title"] for each in found if each["owner"]["id"] in ours]

    assert await titles(None) == ["1", "3", "4"]
    assert await titles(follower) == ["1", "2", "3", "4"]
    assert await titles(owner) == ["1", "2", "3", "4"]
    assert await titles(None, owner_id=str(owner.id)) == ["1", "3"]
    page = await upcoming(client, follower, owner_id=str(owner.id), limit=2)
    rest = await upcoming(
        client, follower, owner_id=str(owner.id), limit=2, cursor=page["next_cursor"]
    )
    ids = [each["id"] for each in page["streams"] + rest["streams"]]
    assert ids == [first["id"], second["id"], third["id"]]
    assert not rest["has_more"]
    # One that is cancelled is in no list, but at its address.
    assert gone["id"] not in (await client.get("live/streams", params={"limit": 100})).text
    assert (await seen(client, gone["id"]))["status"] == "cancelled"
    await make.suspended(services, other)
    assert await titles(None) == ["1", "3"]
    assert foreign["id"] not in str(await upcoming(client, None, owner_id=str(other.id)))


async def test_a_cover_is_public_as_long_as_everybody_may_watch(
    client, services, owner, other, create
):
    async with services.database.transaction() as tx:
        first, second, third, foreign = [
            str(await make.bare_image(tx, each.member)) for each in (owner, owner, owner, other)
        ]
    answer = await client.post(
        "live/streams", headers=owner.headers, json={"title": "A", "cover_image_id": foreign}
    )
    assert answer.json()["code"] == "image_not_found"
    stream = await create(cover_image_id=first)
    assert stream["cover_url"].endswith(f"/images/{first}")

    async def is_public(image: str) -> bool | None:
        async with services.database.read() as conn:
            return await conn.value(bool, "select is_public from images where id = $1", UUID(image))

    assert await is_public(first)
    changed = (await change(client, owner, stream, audience="followers")).json()["data"]
    assert "signature=" in changed["cover_url"]
    assert await is_public(first) is False
    await change(client, owner, stream, audience="public")
    assert await is_public(first)
    changed = (await change(client, owner, stream, cover_image_id=second)).json()["data"]
    assert second in changed["cover_url"]
    assert await is_public(first) is None
    await make.taken_down(services, "stream", UUID(stream["id"]))
    assert await is_public(second) is False
    # Its owner shows it to nobody as long as it is taken down, by no change.
    for said in ({"audience": "followers"}, {"audience": "public"}, {"cover_image_id": third}):
        answer = await change(client, owner, stream, **said)
        assert answer.status_code == 200, answer.text
        shown = answer.json()["data"]["cover_url"].partition("/images/")[2][:36]
        assert await is_public(shown) is False, said
    assert shown == third
    changed = (await change(client, owner, stream, cover_image_id=None)).json()["data"]
    assert changed["cover_url"] is None
    assert await is_public(second) is None
    assert await is_public(third) is None


async def test_staff_takes_the_cover_alone_down(client, services, owner, create):
    async with services.database.transaction() as tx:
        image = await make.bare_image(tx, owner.member)
    stream = await create(cover_image_id=str(image))
    await make.taken_down(services, "image", image)
    assert (await seen(client, stream["id"]))["cover_url"] is None


def test_a_change_without_a_date_keeps_it():
    class Stream:
        starts_at = datetime(2026, 1, 1, tzinfo=now().tzinfo)
        status = StreamStatus.ENDED

    assert plans.reschedule(Stream(), StreamChange(), now()) == Stream.starts_at
    assert StreamState().status is StreamStatus.DRAFT


async def test_a_list_takes_as_many_statements_for_seven_streams_as_for_one(
    client, services, owner, other, create
):
    counts = []
    for size in (1, 7):
        for n in range(size):
            await create(title=str(n), starts_at=later(days=1))
        path = f"live/streams/upcoming?owner_id={owner.id}"
        counts.append(await count_statements(client, services, path, other))
    assert counts[0] == counts[1]
    assert counts[1].total() <= 3, counts[1]
