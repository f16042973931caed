"""Makes live for tests, by the use cases of the application."""

from typing import Any

from tests.make.chat import conversation_in
from tests.make.people import Person
from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import StreamClipId, StreamId, StreamRecordingId, new_id
from veza.domains.clips import queries as clip_queries
from veza.domains.clips.models import ClipFormat, NewClip
from veza.domains.clips.rules import part_key as clip_key
from veza.domains.live.stream_keys import ensure_key, find_key
from veza.domains.replays.queries import recordings
from veza.domains.replays.rules import part_key
from veza.domains.restreams.models import RestreamTargetForm
from veza.domains.restreams.service.targets import RestreamContext, RestreamSettings, add_target
from veza.infra.postgres.database import Tx

# Frames of AAC, as their headers have it.
AAC = (bytes.fromhex("fff15080191ffc") + bytes(193)) * 50


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


async def restream_target(
    services: Services, owner: Person, name: str = "Elsewhere", **form: Any
) -> str:
    """Make a target of somebody's streams, committed; return its id."""
    form = {"url": "rtmp://live.example.org/app", "key": "the-key"} | form
    settings = RestreamSettings(1, form.pop("trusted", ()))
    context = RestreamContext(settings, services.live)
    async with services.database.transaction() as tx:
        made = await add_target(tx, context, owner.member, RestreamTargetForm(name[:100], **form))
    return str(made.id)


async def stream_recording(
    tx: Tx, owner: Member, stream_id: StreamId, title: str = "A stream", **row: object
) -> StreamRecordingId:
    """Make a recording that is ready, with a part and a mark; `row` says how it stands otherwise.

    The sound of its part is stored by `recorded_sound`.
    """
    recording_id = StreamRecordingId(new_id())
    sql = """
        insert into stream_recordings (id, owner_id, stream_id, title, state, parts_count,
                                       duration_us, size_bytes, started_at, ended_at, expires_at)
             values ($1, $2, $3, $4, 'ready', 1, 1160997, $5, now(), now(),
                     now() + interval '30 days')
    """
    await tx.run(sql, recording_id, owner.id, stream_id, title, len(AAC))
    sql = """
        insert into stream_recording_parts (id, recording_id, offset_us, duration_us, size_bytes,
                                            started_at)
             values ($1, $2, 0, 1160997, $3, now())
    """
    await tx.run(sql, new_id(), recording_id, len(AAC))
    sql = """
        insert into stream_recording_marks (id, recording_id, title, marked_at)
             values ($1, $2, $3, now())
    """
    await tx.run(sql, new_id(), recording_id, title)
    for name, value in row.items():
        await tx.run(f"update stream_recordings set {name} = $2 where id = $1", recording_id, value)
    return recording_id


async def recorded_sound(services: Services, recording_id: StreamRecordingId) -> None:
    """Store the sound of a recording."""
    async with services.database.read() as conn:
        parts = await recordings.list_parts(conn, recording_id)
    for part in parts:
        await services.storage.put_new(part_key(recording_id, part.id), AAC)


async def clip(
    services: Services, stream_id: StreamId, maker: Person, title: str = "A clip"
) -> StreamClipId:
    """Make a clip of a stream, whose part is stored."""
    clip_id = StreamClipId(new_id())
    async with services.database.transaction() as tx:
        await clip_in(tx, clip_id, stream_id, maker.member, title)
    await services.storage.put_new(clip_key(clip_id, 0, "ts"), AAC)
    return clip_id


async def clip_in(
    tx: Tx, clip_id: StreamClipId, stream_id: StreamId, maker: Member, title: str
) -> None:
    """Make the row of a clip."""
    new = NewClip(clip_id, stream_id, maker.id, title, ClipFormat.TS)
    await clip_queries.insert_clip(tx, new)
    await clip_queries.update_finished(tx, clip_id, [1_160_997], [len(AAC)], [])
