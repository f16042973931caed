"""The play queue: versions, indexes, and two devices at once."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from veza.core.errors import Invalid
from veza.core.ids import TrackId, new_id
from veza.domains.music.library import rules as library_rules
from veza.domains.music.library.errors import QueueChanged
from veza.domains.music.library.models import MAX_QUEUE_LENGTH, QueueForm, QueuePosition
from veza.domains.music.library.service import queues

PATH = "users/me/library/queue"


def form_of(track_ids, version, *, index=0, device="Phone", position=0):
    return {
        "track_ids": [str(track_id) for track_id in track_ids],
        "current_index": index,
        "position_ms": position,
        "device": device,
        "version": version,
    }


async def save(client, person, *args, **fields):
    return await client.put(PATH, headers=person.headers, json=form_of(*args, **fields))


async def read(client, person):
    answer = await client.get(PATH, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_queue_is_read_by_another_device_as_it_was_saved(client, owner, add):
    empty = await read(client, owner)
    assert (empty["version"], empty["track_ids"], empty["current_index"]) == (0, [], None)
    first, second = await add("First"), await add("Second")

    answer = await save(client, owner, [first, second, first], 0, index=2, position=93_500)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["version"] == 1
    queue = await read(client, owner)
    assert queue["track_ids"] == [str(first), str(second), str(first)]
    assert [track["title"] for track in queue["tracks"]] == ["First", "Second"]
    assert (queue["current_index"], queue["position_ms"]) == (2, 93_500)
    assert (queue["device"], queue["version"]) == ("Phone", 1)


async def test_a_device_with_an_old_version_is_refused(client, owner, add):
    track = await add()
    await save(client, owner, [track], 0)
    await save(client, owner, [track, track], 1, device="Laptop")

    for version in (0, 1, 3):
        refused = await save(client, owner, [], version, index=None)
        assert (refused.status_code, refused.json()["code"]) == (409, "queue_changed")
        moved = {"current_index": 0, "position_ms": 1, "device": "Phone", "version": version}
        answer = await client.put(f"{PATH}/position", headers=owner.headers, json=moved)
        assert (answer.status_code, answer.json()["code"]) == (409, "queue_changed")
    assert len((await read(client, owner))["track_ids"]) == 2

    taken = await save(client, owner, [], None, index=None)
    assert taken.json()["data"]["version"] == 3


async def test_the_position_moves_without_the_tracks(client, owner, add):
    await save(client, owner, [await add(), await add()], 0)
    moved = {"current_index": 1, "position_ms": 5000, "device": "  Living\n room ", "version": 1}

    answer = await client.put(f"{PATH}/position", headers=owner.headers, json=moved)

    assert answer.json()["data"]["version"] == 2
    queue = await read(client, owner)
    assert (queue["current_index"], queue["position_ms"]) == (1, 5000)
    assert (queue["device"], len(queue["tracks"])) == ("Living room", 2)


@pytest.mark.parametrize(
    "change",
    [
        {"current_index": 2},
        {"current_index": None},
        {"current_index": -1},
        {"track_ids": [], "current_index": 0},
        {"track_ids": [], "current_index": None, "position_ms": 1},
        {"device": " "},
        {"device": "x" * 101},
        {"position_ms": -1},
        {"position_ms": 2**31},
        {"version": -1},
        {"track_ids": [str(UUID(int=1))] * (MAX_QUEUE_LENGTH + 1)},
        {"track_ids": ["1"]},
    ],
)
async def test_a_queue_that_cannot_be_is_refused(client, owner, change):
    form = form_of([new_id(), new_id()], 0) | change
    refused = await client.put(PATH, headers=owner.headers, json=form)
    assert refused.status_code == 400, refused.text
    assert (await read(client, owner))["version"] == 0


async def test_an_index_beyond_the_queue_is_refused(client, owner, add):
    await save(client, owner, [await add()], 0)
    for version in (1, None):
        moved = {"current_index": 1, "position_ms": 0, "device": "Phone", "version": version}
        refused = await client.put(f"{PATH}/position", headers=owner.headers, json=moved)
        assert refused.status_code == 400
    assert (await read(client, owner))["version"] == 1


async def test_hidden_and_deleted_tracks_keep_their_places(client, services, owner, other, add):
    kept, hidden, deleted = await add("Kept"), await add("Hidden"), await add("Deleted")
    listed = [deleted, hidden, kept, new_id(), kept]
    await save(client, other, listed, 0, index=4)
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", hidden)
        await tx.run("delete from tracks where id = $1", deleted)

    queue = await read(client, other)

    assert queue["track_ids"] == [str(track_id) for track_id in listed]
    assert [track["title"] for track in queue["tracks"]] == ["Kept"]
    assert queue["track_ids"][queue["current_index"]] == str(kept)
    again = await save(client, other, listed, 1, index=0)
    assert again.status_code == 200


async def test_of_devices_that_save_at_once_one_succeeds(client, owner, add):
    tracks = [await add() for _ in range(8)]
    for version in range(3):
        answers = await asyncio.gather(
            *[save(client, owner, [one], version, device=str(one)) for one in tracks]
        )
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
        [saved] = [answer.json()["data"] for answer in answers if answer.status_code == 200]
        queue = await read(client, owner)
        assert queue["track_ids"] == [saved["device"]]
        assert (saved["version"], queue["version"]) == (version + 1, version + 1)


async def test_the_queue_is_nobody_elses(client, owner, other, add):
    await save(client, owner, [await add()], 0)
    assert (await read(client, other))["version"] == 0
    assert (await client.get(PATH)).status_code == 401


async def test_the_longest_queue_is_saved_and_read(client, owner, add):
    track = await add()
    answer = await save(client, owner, [track] * MAX_QUEUE_LENGTH, 0, index=MAX_QUEUE_LENGTH - 1)
    assert answer.status_code == 200
    queue = await read(client, owner)
    assert (len(queue["track_ids"]), len(queue["tracks"])) == (MAX_QUEUE_LENGTH, 1)


class Device:
    """A device as the model of a queue sees it: the version and the tracks that it read."""

    def __init__(self, name: str) -> None:
        self.name, self.version, self.track_ids = name, 0, list[TrackId]()


@pytest.mark.long
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_no_change_is_lost_unnoticed(services, data):
    """Any interleaving of devices gives what they would do to one list by turns."""
    async with services.database.transaction() as tx:
        member, _ = await make.member_in(tx)
    tracks = [TrackId(new_id()) for _ in range(3)]
    devices = [Device("Phone"), Device("Laptop"), Device("Car")]
    version, stored, index, position = 0, list[TrackId](), None, 0
    for _ in range(data.draw(st.integers(1, 15))):
        device = data.draw(st.sampled_from(devices))
        kind = data.draw(st.sampled_from(["read", "save", "move", "take over"]))
        wanted = data.draw(st.lists(st.sampled_from(tracks), max_size=5))
        at = data.draw(st.integers(0, 5))
        async with services.database.transaction() as tx:
            if kind == "read":
                queue = await queues.find_queue(tx, member)
                found = queue.version, queue.track_ids, queue.current_index, queue.position_ms
                assert found == (version, stored, index, position)
                device.version = version
                continue
            given_version = None if kind == "take over" else device.version
            try:
                if kind == "move":
                    form = QueuePosition(at, at, device.name, given_version)
                    state = await queues.save_position(tx, member, form)
                else:
                    place = min(at, len(wanted) - 1) if wanted else None
                    saved = at if wanted else 0
                    form = QueueForm(wanted, device.name, given_version, place, saved)
                    state = await queues.save_queue(tx, member, form)
            except QueueChanged:
                assert given_version != version
                continue
            except Invalid:
                assert (kind, given_version, at >= len(stored)) == ("move", version, True)
                continue
        assert given_version in {None, version}
        version += 1
        assert state.version == version
        device.version = version
        if kind == "move":
            assert at < len(stored)
            index = position = at
        else:
            stored, index, position = wanted, place, saved


@settings(max_examples=50)
@given(length=st.integers(1, 3000), data=st.data())
def test_a_long_queue_is_cut_around_the_current_track(length, data):
    track_ids = [TrackId(UUID(int=number)) for number in range(length)]
    index = data.draw(st.integers(0, length - 1))

    part, place = library_rules.fit_queue(track_ids, index)

    assert part[place] == track_ids[index]
    assert len(part) == min(length, MAX_QUEUE_LENGTH)
    first = index - place
    assert part == track_ids[first : first + len(part)]
    assert place <= 100 or first + len(part) == length
