"""Members and staff see who else has the same recording; prints outlive what was taken down."""

import pytest

from tests import make
from tests.domains.music.prints.print_steps import noise, printed, with_file
from veza.app.domains import PERSONAL_DATA
from veza.core.access import Role
from veza.core.ids import TrackId, new_id
from veza.domains.music.audio import jobs
from veza.domains.music.audio import queries as audio_queries
from veza.domains.music.audio.models import DeleteTrackFiles
from veza.domains.music.prints import queries, service
from veza.domains.music.prints.models import Comparison
from veza.domains.music.prints.rules import choose_terms, compare, is_same, prepare
from veza.domains.music.tracks.models.forms import TrackForm


async def add(services, owner, title, recording, **columns):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, title, **columns)
        await with_file(tx, track_id)
    await printed(services, track_id, recording)
    return track_id


async def hints_of(client, owner, track_id):
    answer = await client.get(f"tracks/{track_id}/file", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    return [each["title"] for each in answer.json()["data"]["same_recordings"]]


async def test_public_tracks_of_others_are_a_hint_and_own_versions_are_none(
    client, services, creator
):
    ann, bob, recording = await creator(), await creator(), noise(1)
    band = await make.page(services, ann)
    first = await add(services, ann, "Ann's", recording)
    await add(services, bob, "Bob's, private", recording, visibility="private")
    await add(services, ann, "Ann's, again", recording)
    second = await add(services, bob, "Bob's", recording)
    async with services.database.transaction() as tx:
        await tx.run("update tracks set owner_id = $2 where title = $1", "Ann's, again", band.id)
    await add(services, bob, "Another", noise(2))

    assert await hints_of(client, ann, first) == ["Bob's"]
    assert sorted(await hints_of(client, bob, second)) == ["Ann's", "Ann's, again"]
    await make.suspended(services, bob)
    assert await hints_of(client, ann, first) == []


async def test_staff_sees_the_same_file_and_what_was_taken_down(services, creator):
    ann, bob, recording = await creator(), await creator(), noise(3)
    first = await add(services, ann, "Ann's", recording)
    second = await add(services, bob, "Bob's", recording)
    third = await add(services, await creator(), "Private", recording, visibility="private")
    await make.taken_down(services, "track", third)

    async with services.database.read() as conn:
        copies = await service.list_copies(conn, first)
    assert [(each.content_id, each.category) for each in copies] == [
        (third, "copyright"),
        (second, None),
    ]
    assert [each.same_file for each in copies] == [True, True]


@pytest.mark.parametrize("how", ["deleted", "erased"])
async def test_what_was_taken_down_is_recognized_after_it_is_gone(services, creator, how):
    ann, recording = await creator(), noise(4 if how == "deleted" else 5)
    first = await add(services, ann, "Gone", recording)
    plain = noise(6 if how == "deleted" else 7)
    other = await add(services, ann, "Gone too", plain)
    await make.taken_down(services, "track", first)

    if how == "deleted":
        async with services.database.transaction() as tx:
            await tx.run("delete from tracks where id = any($1)", [first, other])
        for track_id in (first, other):
            job = DeleteTrackFiles(track_id)
            await jobs.delete_track_files(services.database, services.audio_storage, job)
    else:
        async with services.database.transaction() as tx:
            for part in PERSONAL_DATA.values():
                await part.erase(tx, ann.id)

    found = await service.compare(services.database, recording)
    assert found.category == "copyright"
    assert (await service.compare(services.database, plain)).matches == []
    async with services.database.read() as conn:
        assert await queries.find_print(conn, first) is None
        sql = "select count(*) from print_terms where term = any($1)"
        assert await conn.value(int, sql, choose_terms(plain)) == 0


@pytest.mark.long
async def test_what_was_taken_down_is_found_behind_a_hundred_copies(services, creator):
    recording = noise(9)
    copies = Comparison(choose_terms(recording), [])
    async with services.database.transaction() as tx:
        for _ in range(101):
            await service.store(tx, TrackId(new_id()), recording, copies)
    track_id = await add(services, await creator(), "The last", recording)
    assert (await service.compare(services.database, recording)).category is None

    await make.taken_down(services, "track", track_id)
    await make.delivered(services)

    assert (await service.compare(services.database, recording)).category == "copyright"


async def test_an_undone_take_down_is_forgotten(client, services, creator):
    staff, recording = await creator(Role.MODERATOR), noise(8)
    track_id = await add(services, await creator(), "Back", recording)
    taken = await make.taken_down(services, "track", track_id, staff)
    assert (await service.compare(services.database, recording)).category == "copyright"
    await client.delete(f"admin/takedowns/{taken.id}", headers=staff.headers)
    assert (await service.compare(services.database, recording)).category is None


@pytest.mark.long
async def test_tracks_without_a_print_get_one_of_their_stream(services, creator, music):
    original, _ = music
    ann = await creator()
    track_id = await make.track(services, ann, TrackForm(title="Old"), original)
    async with services.database.transaction() as tx:
        unprocessed = await make.bare_track(tx, ann.member, "Not processed")
        await with_file(tx, unprocessed)
        made = await queries.find_print(tx, track_id)
        await service.forget(tx, [track_id])
        await tx.run("update track_media set has_print = false where track_id = $1", track_id)
        missing = await audio_queries.list_without_print(tx, None)
    assert made is not None
    assert track_id in missing
    assert unprocessed not in missing

    for _ in range(2):
        await jobs.fill_prints(services.database, services.audio_storage)

    async with services.database.read() as conn:
        again = await queries.find_print(conn, track_id)
    assert again is not None
    assert is_same(compare(prepare(made), again))
