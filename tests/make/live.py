"""Makes live for tests, by the use cases of the application."""

from tests.make.chat import conversation_in
from tests.make.people import Person
from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import StreamId, new_id
from veza.domains.live.stream_keys import ensure_key, find_key
from veza.infra.postgres.database import Tx


async def stream(
    tx: Tx, owner: Member, title: str = "A stream", *, is_announced: bool = True, **air: object
) -> StreamId:
    """Make a row of a stream that is to come, with a room; `air` says how it stands otherwise."""
    stream_id, room = StreamId(new_id()), await conversation_in(tx, "room", owner)
    values: dict[str, object] = {
        "id": stream_id,
        "owner_id": owner.id,
        "title": title,
        "conversation_id": room,
        "is_announced": is_announced,
    } | air
    names = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await tx.run(f"insert into streams ({names}) values ({places})", *values.values())
    return stream_id


async def stream_key(services: Services, owner: Person) -> str:
    """Give somebody's stream key, committed."""
    async with services.database.transaction() as tx:
        await ensure_key(tx, services.live.encryptor, owner.id)
        key = await find_key(tx, services.live.encryptor, owner.id)
    assert key is not None
    return key
