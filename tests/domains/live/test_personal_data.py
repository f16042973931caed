"""Export and erasure of streams, and of the rooms that belong to them."""

from datetime import timedelta
from uuid import UUID

from tests import make
from tests.domains.live.streams_steps import FORM
from veza.core.clock import now
from veza.core.ids import StreamId
from veza.domains.live import personal_data
from veza.domains.live.queries import guests


async def erased(services, someone) -> None:
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, someone.id)


async def test_rooms_end_with_their_streams(client, services, create, owner, other):
    stream = await create()
    room = f"conversations/{stream['conversation_id']}"
    await client.post(f"{room}/join", headers=other.headers)
    await erased(services, owner)
    assert (await client.get(f"live/streams/{stream['id']}")).status_code == 404
    assert (await client.get(room, headers=other.headers)).status_code == 404


async def test_a_room_that_was_handed_over_stays(client, services, create, owner, other):
    stream = await create()
    room = f"conversations/{stream['conversation_id']}"
    await client.post(f"{room}/join", headers=other.headers)
    await client.post(f"{room}/leave", headers=owner.headers)
    await erased(services, owner)
    kept = await client.get(room, headers=other.headers)
    assert (kept.status_code, kept.json()["data"]["role"]) == (200, "owner")


async def test_erasing_twice_is_the_same_as_once_and_lets_no_encoder_in(
    services, ingest, create, owner
):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    for _ in range(2):
        await erased(services, owner)
    assert await ingest.update(stream["stream_key"]) == 403


async def test_the_export_has_all_streams_and_no_key(services, create, owner):
    made = [await create(title=f"{FORM['title']} {n}") for n in range(3)]
    async with services.database.snapshot() as conn:
        handed_out = await personal_data.export(conn, owner.id)
    assert [str(each.id) for each in handed_out.streams] == [each["id"] for each in made[::-1]]
    assert made[0]["stream_key"] not in str(handed_out)


async def test_the_export_has_the_streams_for_which_one_was_named(services, create, owner, other):
    stream = await create(audience="named", guests=[other.username])
    async with services.database.snapshot() as conn:
        own, named = [await personal_data.export(conn, each.id) for each in (owner, other)]
    assert own.streams[0].guests == [other.username]
    assert [(str(each.stream_id), each.is_named) for each in named.invitations] == [
        (stream["id"], True)
    ]
    await erased(services, other)
    async with services.database.snapshot() as conn:
        assert (await personal_data.export(conn, owner.id)).streams[0].guests == []


async def test_the_export_of_a_member_without_streams_is_empty(services):
    someone = await make.person(services)
    async with services.database.snapshot() as conn:
        handed_out = await personal_data.export(conn, someone.id)
    assert (handed_out.streams, handed_out.invitations) == ([], [])


async def test_an_invitation_of_a_page_goes_to_the_profile_also_where_it_is_a_guest(
    services, create, owner, other
):
    page = await make.person(services)
    stream_id = StreamId(UUID((await create(audience="named", guests=[page.username]))["id"]))
    elsewhere = StreamId(UUID((await create(audience="named", guests=[other.username]))["id"]))
    async with services.database.transaction() as tx:
        for each, person in ((stream_id, other), (elsewhere, page)):
            await guests.insert_unlocked(tx, each, person.id, 1, now() + timedelta(hours=1))
        await personal_data.move(tx, page.id, other.id)
        found = await guests.list_invitations(tx, other.id)
    assert {each.stream_id: each.is_named for each in found} == {stream_id: True, elsewhere: True}
