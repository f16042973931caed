"""Followers are told of tracks that are public without a release, after some minutes and once."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from veza.app.worker import run_until_empty
from veza.core.ids import TrackId, new_id
from veza.domains.music.tracks import jobs
from veza.domains.notifications.inbox import rules
from veza.domains.notifications.inbox.jobs.follower_notices import notify_of_track
from veza.domains.notifications.inbox.models import NotifyOfTrack


@pytest.fixture
def pass_minutes(services):
    """Make all tracks older by some minutes, and run the jobs that the worker would run."""

    async def wait(minutes=10):
        async with services.database.transaction(recorded=False) as tx:
            sql = "update track_announcements set public_at = public_at - make_interval(mins => $1)"
            await tx.run(sql, minutes)
        await jobs.announce_published(services.database)
        await make.delivered(services)
        await run_until_empty(services)

    return wait


@pytest.fixture
def change(client, owner):
    """Change a track of the owner: `await change(track, visibility="private")`."""

    async def put(track_id, **fields):
        answer = await client.put(f"tracks/{track_id}", headers=owner.headers, json=fields)
        assert answer.status_code == 200, answer.text

    return put


@pytest.fixture
def fan(services, owner, other):
    """Return somebody who follows the owner; it is `await fan()`."""

    async def follow():
        await make.follows(services, other, owner)
        return other

    return follow


async def told(services, person):
    found = await make.told(services, person)
    return [each.track.id for each in found if each.kind == "track_published"]


async def test_followers_are_told_of_a_single_track_after_ten_minutes(
    client, services, owner, fan, add, pass_minutes
):
    follower = await fan()
    track_id = await add()
    await pass_minutes(9)
    assert await told(services, follower) == []

    await pass_minutes(1)

    assert await told(services, follower) == [track_id]
    answer = await client.get("notifications", headers=follower.headers)
    [note] = answer.json()["data"]["notifications"]
    assert (note["kind"], note["track"]["id"]) == ("track_published", str(track_id))
    assert [each["id"] for each in note["actors"]] == [str(owner.id)]
    await pass_minutes()
    assert await told(services, follower) == [track_id]
    assert await told(services, owner) == []


async def test_a_track_is_announced_once_whatever_is_done_with_it_later(
    client, services, owner, fan, add, change, pass_minutes
):
    follower = await fan()
    track_id = await add()
    await pass_minutes()
    [note] = await make.told(services, follower)
    await client.delete(f"notifications/{note.id}", headers=follower.headers)
    for visibility in ("private", "public", "unlisted", "public"):
        await change(track_id, visibility=visibility)
        await pass_minutes()
    assert await told(services, follower) == []


@pytest.mark.parametrize("visibility", ["private", "unlisted"])
async def test_a_hidden_track_is_announced_ten_minutes_after_it_is_public(
    services, fan, add, change, pass_minutes, visibility
):
    follower = await fan()
    track_id = await add(visibility=visibility)
    await pass_minutes()
    await change(track_id, visibility="public")
    await pass_minutes(9)
    await change(track_id, visibility=visibility)
    await pass_minutes()
    await change(track_id, visibility="public", title="Anew")
    await pass_minutes(9)
    assert await told(services, follower) == []
    await pass_minutes(1)
    assert await told(services, follower) == [track_id]


@pytest.mark.parametrize("visibility", ["private", "public"])
async def test_a_track_on_a_release_is_not_announced(
    services, client, owner, fan, add, pass_minutes, visibility
):
    follower = await fan()
    track_id = await add()
    form = {
        "title": "Night Ferry",
        "visibility": visibility,
        "tracks": [{"track_id": str(track_id)}],
    }
    answer = await client.post("releases", headers=owner.headers, json=form)
    assert answer.status_code == 201, answer.text
    await pass_minutes()
    assert await told(services, follower) == []
    await client.delete(f"releases/{answer.json()['data']['id']}", headers=owner.headers)
    await pass_minutes()
    assert await told(services, follower) == []


async def test_tracks_that_are_taken_down_deleted_or_of_shows_are_not_announced(
    client, services, owner, fan, add, pass_minutes
):
    follower = await fan()
    hidden, deleted, episode = [await add() for _ in range(3)]
    await make.taken_down(services, "track", hidden)
    await client.delete(f"tracks/{deleted}", headers=owner.headers)
    async with services.database.transaction() as tx:
        await make.show(tx, owner.member, episode)
    await pass_minutes()
    assert await told(services, follower) == []


async def test_tracks_of_suspended_members_are_not_announced(
    services, owner, fan, add, pass_minutes
):
    follower = await fan()
    await add()
    await make.suspended(services, owner)
    await pass_minutes()
    assert await told(services, follower) == []


async def test_what_happens_before_followers_are_reached_is_respected(
    services, client, owner, fan, add, change, pass_minutes
):
    """The job looks again: the track may be hidden, or on a release, since it was decided."""
    follower = await fan()
    first, second, third = [await add() for _ in range(3)]
    await jobs.announce_published(services.database)
    await change(first, visibility="private")
    form = {"title": "Night Ferry", "tracks": [{"track_id": str(second)}]}
    await client.post("releases", headers=owner.headers, json=form)
    for track_id in (first, second, third, TrackId(new_id())):
        await notify_of_track(services.database, NotifyOfTrack(track_id, owner.id))
    assert await told(services, follower) == [third]


async def test_who_may_not_or_does_not_want_to_see_it_is_not_told(
    client, services, owner, add, change, pass_minutes
):
    glad, deaf, muting, blocked, sheltered = [await make.person(services) for _ in range(5)]
    for each in (glad, deaf, muting, blocked, sheltered):
        await make.follows(services, each, owner)
    await make.mutes(services, muting, owner)
    await make.blocks(services, owner, blocked)
    off = {"track_published": False}
    answer = await client.put("notifications/preferences", headers=deaf.headers, json=off)
    assert answer.json()["data"]["release_published"] is True
    answer = await client.put("users/me", headers=sheltered.headers, json={"explicit": "hide"})
    assert answer.status_code == 200, answer.text
    track_id = await add()
    await change(track_id, is_explicit=True)
    await pass_minutes()
    assert await told(services, glad) == [track_id]
    for each in (deaf, muting, blocked, sheltered, owner):
        assert await told(services, each) == []


async def test_who_follows_two_artists_of_a_track_is_told_once_also_of_one_who_confirms_later(
    client, services, owner, fan, add, change, pass_minutes
):
    follower, guest, late, other_fan = await fan(), *[await make.person(services) for _ in range(3)]
    await make.follows(services, follower, guest, late)
    await make.follows(services, other_fan, late)
    track_id = await add()
    artists = [{"profile": {"id": str(each.id)}} for each in (owner, guest, late)]
    await change(track_id, artists=artists)
    await _confirm(client, guest)
    await pass_minutes()
    assert await told(services, follower) == [track_id]
    assert await told(services, other_fan) == []

    await _confirm(client, late)
    await make.delivered(services)
    await run_until_empty(services)

    assert await told(services, follower) == [track_id]
    assert await told(services, other_fan) == [track_id]


async def test_who_confirms_much_later_notifies_nobody(
    client, services, owner, add, change, pass_minutes, monkeypatch
):
    guest, follower = await make.person(services), await make.person(services)
    await make.follows(services, follower, guest)
    track_id = await add()
    await change(track_id, artists=[{"profile": {"id": str(each.id)}} for each in (owner, guest)])
    await pass_minutes()
    monkeypatch.setattr(rules, "KEPT_FOR", timedelta())
    await _confirm(client, guest)
    await make.delivered(services)
    await run_until_empty(services)
    assert await told(services, follower) == []


async def _confirm(client, guest):
    asked = await client.get("users/me/credits", headers=guest.headers)
    [credit] = asked.json()["data"]["credits"]
    answer = await client.post(f"credits/{credit['id']}/confirm", headers=guest.headers)
    assert answer.status_code == 200, answer.text


async def test_many_tracks_and_workers_announce_each_once(
    services, owner, fan, pass_minutes, monkeypatch
):
    monkeypatch.setattr(jobs, "_BATCH", 2)
    follower = await fan()
    async with services.database.transaction(recorded=False) as tx:
        ids = [await make.bare_track(tx, owner.member, f"Track {n}") for n in range(5)]
        await tx.run("update track_announcements set public_at = public_at - interval '1 hour'")
    await asyncio.gather(*[jobs.announce_published(services.database) for _ in range(3)])
    await pass_minutes()
    assert sorted(await told(services, follower)) == sorted(ids)


async def test_an_announcement_that_breaks_off_is_made_by_the_next_run(
    services, owner, fan, add, pass_minutes, monkeypatch
):
    """A decision and its events are one transaction: a killed run leaves neither."""
    follower = await fan()
    track_id = await add()

    async def crash(*_):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "emit", crash)
        with pytest.raises(RuntimeError):
            await pass_minutes()
    assert await told(services, follower) == []
    await pass_minutes(0)
    for _ in range(2):
        await notify_of_track(services.database, NotifyOfTrack(track_id, owner.id))
    assert await told(services, follower) == [track_id]
