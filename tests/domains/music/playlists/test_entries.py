"""The order of entries: add, move and remove, alone and by fifty editors at once."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from tests.domains.music.playlists.routes_steps import (
    fill,
    list_entries,
    list_ids,
    make_editor,
    move,
    put_tracks,
    remove,
)
from veza.core.ids import PlaylistId, new_id
from veza.domains.music.playlists.models.entries import (
    MAX_ENTRIES,
    AddedTracks,
    MovedEntries,
    RemovedEntries,
)
from veza.domains.music.playlists.models.playlists import PlaylistForm
from veza.domains.music.playlists.queries import entry_records
from veza.domains.music.playlists.service import entries, playlists

POSITIONS = """
    select (count(distinct position) = count(*))::integer
      from playlist_entries
     where playlist_id = $1
"""


async def test_entries_are_added_at_the_end_or_before_another(client, owner, playlist, add):
    track = await add()
    first, last = await fill(client, playlist, owner, track, track)

    answer = await put_tracks(client, playlist, owner, track, track, before=last)

    middle = answer.json()["data"]
    assert middle["tracks_count"] == 4
    assert await list_ids(client, playlist, owner) == [first, *middle["entry_ids"], last]


async def test_entries_are_moved_in_the_order_given(client, owner, playlist, add):
    a, b, c, d = await fill(client, playlist, owner, *[await add()] * 4)

    assert (await move(client, playlist, owner, [d, b], before=a)).status_code == 200
    assert await list_ids(client, playlist, owner) == [d, b, a, c]
    assert (await move(client, playlist, owner, [d])).status_code == 200
    assert await list_ids(client, playlist, owner) == [b, a, c, d]
    # Onto its own place.
    assert (await move(client, playlist, owner, [a, c], before=d)).status_code == 200
    assert await list_ids(client, playlist, owner) == [b, a, c, d]


async def test_removing_twice_is_like_once(client, owner, playlist, add):
    a, b, c = await fill(client, playlist, owner, *[await add()] * 3)

    for expected in (1, 1):
        answer = await remove(client, playlist, owner, [a, c])
        assert answer.json()["data"]["tracks_count"] == expected
    assert await list_ids(client, playlist, owner) == [b]


async def test_unknown_entries_and_repeated_ones_change_nothing(client, owner, playlist, add):
    a, b = await fill(client, playlist, owner, *[await add()] * 2)
    for entry_ids, before, status in (
        ([str(new_id())], None, 404),
        ([a, str(new_id())], None, 404),
        ([a], str(new_id()), 404),
        ([a, a], None, 400),
        ([a, b], a, 400),
        ([], None, 400),
        (["x"], None, 400),
    ):
        assert (await move(client, playlist, owner, entry_ids, before)).status_code == status
    assert await list_ids(client, playlist, owner) == [a, b]


async def test_entries_of_another_playlist_are_not_touched(client, owner, playlist, add):
    made = await client.post("playlists", headers=owner.headers, json={"title": "Other"})
    beside = made.json()["data"]["id"]
    [entry] = await fill(client, beside, owner, await add())

    assert (await move(client, playlist, owner, [entry])).status_code == 404
    await remove(client, playlist, owner, [entry])

    assert await list_ids(client, beside, owner) == [entry]


async def test_pages_follow_the_order(client, owner, playlist, add):
    ids = await fill(client, playlist, owner, *[await add()] * 7)
    await move(client, playlist, owner, [ids[6]], before=ids[0])
    expected = [ids[6], *ids[:6]]

    for limit in (1, 3, 7):
        found = await list_entries(client, playlist, owner, limit)
        assert [entry["id"] for entry in found] == expected


async def test_positions_are_renewed_when_there_is_no_room(client, owner, playlist, add, count):
    track = await add()
    order = await fill(client, playlist, owner, track, track)
    # Each one goes before the last: the room halves each time, and is used up after twenty.
    for _ in range(50):
        answer = await put_tracks(client, playlist, owner, track, before=order[-1])
        order[-1:-1] = answer.json()["data"]["entry_ids"]

    assert await list_ids(client, playlist, owner) == order
    assert await count(POSITIONS, PlaylistId(playlist))


async def test_a_playlist_has_a_maximum_of_entries(client, services, owner, playlist, add):
    track = await add()
    async with services.database.transaction() as tx:
        places = [(track, number) for number in range(MAX_ENTRIES - 1)]
        ids = [new_id() for _ in places]
        totals = await entry_records.insert_entries(tx, playlist, owner.id, ids=ids, places=places)
        await entry_records.add_to_totals(tx, playlist, totals)

    refused = await put_tracks(client, playlist, owner, track, track)

    assert (refused.status_code, refused.json()["code"]) == (409, "playlist_full")
    assert (await put_tracks(client, playlist, owner, track)).status_code == 201


@pytest.mark.long
async def test_fifty_editors_at_once_lose_and_double_nothing(
    client, services, owner, playlist, add
):
    track = await add()
    ids = await fill(client, playlist, owner, *[track] * 50)
    editors = [await make.person(services) for _ in range(50)]
    for editor in editors:
        await make_editor(client, playlist, owner, editor)
    draw = random.Random(7)

    async def edit(number, editor):
        mine = ids[number]
        added = await fill(client, playlist, editor, track)
        others = [entry for entry in ids if entry != mine]
        moved = await move(client, playlist, editor, [mine, *added], before=draw.choice(others))
        assert moved.status_code == 200, moved.text
        return added[0]

    added = await asyncio.gather(*[edit(n, editor) for n, editor in enumerate(editors)])

    found = await list_ids(client, playlist, owner)
    assert sorted(found) == sorted([*ids, *added])
    # Each editor's two entries were moved together, and later moves put nothing between them
    # except directly before an entry, which is never the second of a pair.
    for mine, theirs in zip(ids, added, strict=True):
        assert found.index(theirs) == found.index(mine) + 1


@pytest.mark.parametrize("role", ["stranger", "invited"])
async def test_only_editors_change_entries(client, owner, other, playlist, add, role):
    await client.put(f"playlists/{playlist}", headers=owner.headers, json={"visibility": "public"})
    if role == "invited":
        await client.put(f"playlists/{playlist}/editors/{other.id}", headers=owner.headers)
    [entry] = await fill(client, playlist, owner, await add())
    for answer in (
        await put_tracks(client, playlist, other, await add()),
        await move(client, playlist, other, [entry]),
        await remove(client, playlist, other, [entry]),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_an_editor")
    assert await list_ids(client, playlist, owner) == [entry]


@pytest.mark.long
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_sequence_of_changes_gives_the_order_of_a_list(data, services, owner, add):
    """Compare with a Python list, to which the same changes are applied."""
    track = await add()
    expected = []
    async with services.database.transaction() as tx:
        made = await playlists.create_playlist(tx, owner.member, PlaylistForm("A"), make.NO_LINKS)
        for _ in range(data.draw(st.integers(1, 25))):
            kind = data.draw(st.sampled_from(["add", "move", "remove"]))
            chosen = data.draw(
                st.lists(st.sampled_from(expected), unique=True, max_size=4)
                if expected
                else st.just([])
            )
            rest = [entry for entry in expected if entry not in chosen]
            before = data.draw(st.sampled_from([None, *rest]))
            if kind == "add":
                form = AddedTracks([track] * data.draw(st.integers(1, 3)), before)
                chosen = (await entries.add_tracks(tx, made.id, owner.member, form)).entry_ids
                rest = expected
            elif not chosen:
                continue
            elif kind == "move":
                await entries.move_entries(tx, made.id, owner.member, MovedEntries(chosen, before))
            else:
                await entries.remove_entries(tx, made.id, owner.member, RemovedEntries(chosen))
                expected = rest
                continue
            place = len(rest) if before is None else rest.index(before)
            expected = [*rest[:place], *chosen, *rest[place:]]
        found = await entry_records.list_entries(tx, made.id, 1000, None)
    assert [entry.id for entry in found] == expected
