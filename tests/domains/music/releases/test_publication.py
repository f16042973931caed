"""Publication at once and on schedule, and the notifications of followers."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests import make
from veza.app.worker import run_until_empty
from veza.core.ids import ReleaseId
from veza.domains.music.releases import jobs
from veza.domains.music.releases.models.releases import PublishRelease
from veza.domains.notifications.inbox import rules
from veza.domains.notifications.inbox.jobs.follower_notices import notify_of_release
from veza.domains.notifications.inbox.models import NotifyOfRelease

LATER = (datetime.now(UTC) + timedelta(days=2)).isoformat()


@pytest.fixture
def publish_due(services):
    """Let the time of a scheduled release come, and run what the worker would run."""

    async def publish(release_id):
        async with services.database.transaction() as tx:
            sql = "update releases set publish_at = now() - interval '1 minute' where id = $1"
            await tx.run(sql, release_id)
        await jobs.enqueue_publications(services.database)
        await run_until_empty(services)

    return publish


async def _told(services, person):
    await make.delivered(services)
    await run_until_empty(services)
    told = await make.told(services, person)
    return [each.release.title for each in told if each.kind == "release_published"]


async def _visibility(client, track_id, person):
    answer = await client.get(f"tracks/{track_id}", headers=person.headers)
    return answer.json()["data"]["visibility"]


async def test_a_scheduled_release_is_published_with_its_tracks(
    client, services, owner, other, add, create, publish_due
):
    await make.follows(services, other, owner)
    async with services.database.transaction() as tx:
        cover = await make.bare_image(tx, owner)
    private, unlisted = await add(visibility="private"), await add(visibility="unlisted")
    made = await create(private, unlisted, publish_at=LATER, cover_image_id=str(cover))
    path = f"releases/{made['id']}"
    assert (made["visibility"], made["published_at"]) == ("private", None)
    for headers in ({}, other.headers):
        assert (await client.get(path, headers=headers)).status_code == 404
    await jobs.publish_release(services.database, PublishRelease(ReleaseId(UUID(made["id"]))))
    assert (await client.get(path)).status_code == 404

    await publish_due(made["id"])

    shown = (await client.get(path)).json()["data"]
    assert (shown["visibility"], shown["publish_at"]) == ("public", None)
    assert shown["published_at"] is not None
    assert "?" not in shown["cover_url"]
    on_it = (await client.get(f"{path}/tracks")).json()["data"]["tracks"]
    assert [one["track"]["visibility"] for one in on_it] == ["public", "public"]
    assert await _told(services, other) == ["Night Ferry"]
    release_id = ReleaseId(UUID(made["id"]))
    await notify_of_release(services.database, NotifyOfRelease(release_id, owner.id))
    assert await _told(services, other) == ["Night Ferry"]


async def test_publishing_at_once_notifies_followers_once(
    client, services, owner, other, add, create
):
    await make.follows(services, other, owner)
    track = await add(visibility="private")
    made = await create(visibility="private")
    path = f"releases/{made['id']}"
    form = {"tracks": [{"track_id": str(track)}]}
    steps = [("", {"visibility": "public"}), ("/tracks", form), ("", {"visibility": "private"})]
    told = []
    for part, change in [*steps, ("", {"visibility": "public"})]:
        answer = await client.put(f"{path}{part}", headers=owner.headers, json=change)
        assert answer.status_code == 200, answer.text
        told.append(len(await _told(services, other)))

    # Without tracks there is nothing to hear; while it is private the notification is not shown.
    assert told == [0, 1, 0, 1]
    assert await _visibility(client, track, owner) == "public"


async def test_a_track_of_a_public_release_becomes_public_when_it_is_added(
    client, owner, add, create
):
    first, second = await add(), await add(visibility="private")
    made = await create(first)
    await client.put(f"tracks/{first}", headers=owner.headers, json={"visibility": "private"})
    form = {"tracks": [{"track_id": str(first)}, {"track_id": str(second)}]}

    answer = await client.put(f"releases/{made['id']}/tracks", headers=owner.headers, json=form)

    assert answer.status_code == 200, answer.text
    # Hidden by its owner after it was added: it stays so.
    assert await _visibility(client, first, owner) == "private"
    assert await _visibility(client, second, owner) == "public"
    seen = (await client.get(f"releases/{made['id']}/tracks")).json()["data"]["tracks"]
    assert [one["track"]["id"] for one in seen] == [str(second)]


async def test_a_schedule_is_changed_and_ended(client, services, owner, add, create):
    track = await add(visibility="private")
    made = await create(track, visibility="private", publish_at=LATER)
    path = f"releases/{made['id']}"

    async def change(**fields):
        answer = await client.put(path, headers=owner.headers, json=fields)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        return data["visibility"], data["publish_at"] is not None

    assert await change(title="Later") == ("private", True)
    assert await change(publish_at=None) == ("private", False)
    assert await change(publish_at=LATER, visibility="public") == ("private", True)
    assert await _visibility(client, track, owner) == "private"
    assert await change(visibility="public") == ("public", False)
    assert await _visibility(client, track, owner) == "public"

    past = {"publish_at": "2020-01-01T00:00:00Z"}
    for refused in (
        await client.put(path, headers=owner.headers, json=past),
        await client.post("releases", headers=owner.headers, json={"title": "A"} | past),
    ):
        assert refused.status_code == 400
        assert refused.json()["details"][0]["field"] == "publish_at"


async def test_blocked_muting_and_uninterested_followers_are_not_notified(
    client, services, owner, add, create
):
    glad, deaf, muting, blocked, stranger = [await make.person(services) for _ in range(5)]
    for each in (glad, deaf, muting, blocked):
        await make.follows(services, each, owner)
    await make.mutes(services, muting, owner)
    await client.post(f"users/{blocked.id}/block", headers=owner.headers)
    off = {"release_published": False}
    answer = await client.put("notifications/preferences", headers=deaf.headers, json=off)
    assert answer.status_code == 200, answer.text

    await create(await add())

    assert await _told(services, glad) == ["Night Ferry"]
    for each in (deaf, muting, blocked, stranger, owner):
        assert await _told(services, each) == []


async def test_concurrent_publications_and_changes_publish_once(
    client, services, owner, other, add, create
):
    await make.follows(services, other, owner)
    ids = [await add(visibility="private") for _ in range(5)]
    made = await create(*ids, publish_at=LATER)
    job, path = PublishRelease(ReleaseId(UUID(made["id"]))), f"releases/{made['id']}"
    form = {"tracks": [{"track_id": str(track_id)} for track_id in ids[1:4]]}
    async with services.database.transaction() as tx:
        await tx.run("update releases set publish_at = now() where id = $1", made["id"])

    await asyncio.gather(
        *[jobs.publish_release(services.database, job) for _ in range(3)],
        client.delete(f"tracks/{ids[3]}", headers=owner.headers),
        client.put(f"{path}/tracks", headers=owner.headers, json=form),
        client.put(path, headers=owner.headers, json={"title": "Edited"}),
    )

    assert await _told(services, other) == ["Edited"]
    shown = (await client.get(path)).json()["data"]
    assert (shown["visibility"], shown["title"]) == ("public", "Edited")
    on_it = (await client.get(f"{path}/tracks")).json()["data"]["tracks"]
    assert {one["track"]["visibility"] for one in on_it} == {"public"}


@pytest.mark.long
async def test_who_follows_two_artists_of_a_release_is_notified_once(
    client, services, owner, other, add, create
):
    artist, fan, blocking = [await make.person(services) for _ in range(3)]
    for follower, followed in (
        *((other, owner), (other, artist), (fan, artist), (blocking, artist), (owner, artist)),
        (artist, owner),
    ):
        await make.follows(services, follower, followed)
    await make.blocks(services, blocking, owner)
    artists = [{"profile": {"id": str(each.id)}} for each in (owner, artist)]
    made = await create(await add(), visibility="unlisted", artists=artists)
    asked = await client.get("users/me/credits", headers=artist.headers)
    [credit] = asked.json()["data"]["credits"]
    await client.post(f"credits/{credit['id']}/confirm", headers=artist.headers)

    path = f"releases/{made['id']}"
    await client.put(path, headers=owner.headers, json={"visibility": "public"})

    people = (other, fan, artist, blocking, owner)
    assert [await _told(services, each) for each in people] == [["Night Ferry"]] * 3 + [[], []]


@pytest.mark.parametrize("is_of_track", [False, True])
async def test_followers_of_a_guest_who_confirms_later_are_notified_once(
    client, services, owner, other, add, create, is_of_track
):
    guest, fan, late = [await make.person(services) for _ in range(3)]
    await make.follows(services, other, owner)
    for follower in (other, fan, owner):
        await make.follows(services, follower, guest)
    track_id = await add()
    made = await create(track_id, visibility="public")
    assert [await _told(services, each) for each in (other, fan)] == [["Night Ferry"], []]
    # Who follows the owner by now is told of no earlier release.
    await make.follows(services, late, owner)

    artists = [{"profile": {"id": str(each.id)}} for each in (owner, guest)]
    path = f"tracks/{track_id}" if is_of_track else f"releases/{made['id']}"
    answer = await client.put(path, headers=owner.headers, json={"artists": artists})
    assert answer.status_code == 200, answer.text
    asked = await client.get("users/me/credits", headers=guest.headers)
    [credit] = asked.json()["data"]["credits"]
    assert await _told(services, fan) == []
    for state in ("confirm", "decline", "confirm"):
        await client.post(f"credits/{credit['id']}/{state}", headers=guest.headers)

    people = (other, fan, owner, late)
    assert [await _told(services, each) for each in people] == [["Night Ferry"]] * 2 + [[], []]


async def test_a_guest_who_confirms_much_later_notifies_nobody(
    client, services, owner, other, add, create, monkeypatch
):
    """A release whose notifications are deleted after 90 days is announced to nobody again."""
    monkeypatch.setattr(rules, "KEPT_FOR", timedelta())
    guest = await make.person(services)
    await make.follows(services, other, guest)
    artists = [{"profile": {"id": str(each.id)}} for each in (owner, guest)]
    await create(await add(), visibility="public", artists=artists)
    assert await _told(services, other) == []
    asked = await client.get("users/me/credits", headers=guest.headers)
    [credit] = asked.json()["data"]["credits"]
    await client.post(f"credits/{credit['id']}/confirm", headers=guest.headers)

    assert await _told(services, other) == []
