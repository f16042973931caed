"""What one can do with broadcasts: announce, find and watch them; and what the ingest asks."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from msgspec import UNSET, Struct

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unauthenticated
from veza.core.ids import StreamId, UserId, new_id
from veza.core.listener_identity import ListenerIdentity
from veza.core.pages import Cursor, cut
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.conversations.errors import ConversationNotFound, NotYourConversation
from veza.domains.chat.conversations.models import (
    ConversationChange,
    ConversationForm,
    ConversationType,
)
from veza.domains.live import queries, rules
from veza.domains.live.errors import (
    MayNotStream,
    NotYourStream,
    PublishRefused,
    StreamNotFound,
    TooManyDrafts,
)
from veza.domains.live.events import StreamEnded, StreamStarted
from veza.domains.live.models import (
    Air,
    Audience,
    Heartbeat,
    NewStream,
    OwnStream,
    OwnStreamPage,
    Publisher,
    Status,
    StoredStream,
    Stream,
    StreamAccess,
    StreamChange,
    Streamer,
    StreamEvidence,
    StreamFigures,
    StreamForm,
    StreamPage,
    StreamQuery,
    Words,
)
from veza.domains.live.stream_keys import ensure_key, find_key, replace_key
from veza.domains.live.viewers import REFRESH_S, Audiences
from veza.infra.jobs.outbox import emit
from veza.infra.media.mpegts import remove_missing_video
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.encryption import Encryptor
from veza.infra.storage.local_files import read_file


class Station(Struct, frozen=True):
    """What broadcasts need: who seals keys and counts viewers, and where their files lie."""

    sealing: Encryptor
    audiences: Audiences
    folder: Path
    creators_only: bool
    # Below which address others spread what is played, where anybody does.
    spread_below: str | None
    # For whoever asks: where they reach us, and where their encoder connects.
    base: str = ""
    rtmp_url: str = ""


async def create_stream(tx: Tx, station: Station, owner: Member, form: StreamForm) -> OwnStream:
    """Announce a broadcast: a draft, until one's encoder knocks."""
    _ensure_may_stream(station, owner)
    await _lock_owner(tx, owner.id)
    if await queries.count_drafts(tx, owner.id) >= rules.MAX_DRAFTS:
        raise TooManyDrafts
    made = await _add(tx, owner, rules.clean_form(form), is_announced=True)
    if form.slow_mode_seconds:
        await _set_slow_mode(tx, owner, made, form.slow_mode_seconds)
    await ensure_key(tx, station.sealing, owner.id)
    return await _get_own(tx, station, made.id)


async def get_stream(
    conn: Conn, station: Station, stream_id: StreamId, viewer: Member | None
) -> Stream:
    """Show a broadcast, and how many watch it."""
    stream = await _get_visible(conn, stream_id, viewer and viewer.id)
    [shown] = await _show(station, [stream])
    return shown


async def list_streams(conn: Conn, station: Station, wish: StreamQuery) -> StreamPage:
    """List broadcasts, the latest first: live, over, and to come."""
    found = await queries.list_streams(conn, wish)
    shown, following = cut(found, wish.limit, rules.place_of)
    return StreamPage(await _show(station, shown), following, following is not None)


async def list_own(
    conn: Conn, station: Station, owner: Member, *, limit: int, cursor: Cursor | None
) -> OwnStreamPage:
    """List one's own broadcasts, the latest first, each with what one's encoder needs."""
    found = await queries.list_own(conn, owner.id, limit=limit, cursor=cursor)
    shown, following = cut(found, limit, rules.place_among_own)
    access = await _get_access(conn, station, owner.id)
    streams = [rules.show_own(each, access) for each in await _show(station, shown)]
    return OwnStreamPage(streams, following, following is not None)


async def get_access(tx: Tx, station: Station, owner: Member) -> StreamAccess:
    """Give what one's encoder needs, and a draft to who has no broadcast yet."""
    _ensure_may_stream(station, owner)
    username = await _lock_owner(tx, owner.id)
    if await queries.find_last(tx, owner.id) is None:
        await _add(tx, owner, rules.first_words(username), is_announced=False)
    await ensure_key(tx, station.sealing, owner.id)
    return await _get_access(tx, station, owner.id)


async def regenerate_key(tx: Tx, station: Station, owner: Member) -> StreamAccess:
    """Give another key. Whoever publishes with the old one is cut off, and may come back by it."""
    _ensure_may_stream(station, owner)
    await _lock_owner(tx, owner.id)
    await replace_key(tx, station.sealing, owner.id)
    stream = await _lock_next(tx, owner.id)
    if stream is not None:
        await _move(tx, stream, rules.hang_up(rules.air_of(stream), now()))
    return await get_access(tx, station, owner)


async def update_stream(
    tx: Tx,
    station: Station,
    stream_id: StreamId,
    owner: Member,
    *,
    change: StreamChange,
) -> OwnStream:
    """Change what is said of one's own broadcast, and how fast its viewers may talk."""
    stream = await _lock_own(tx, stream_id, owner)
    words = rules.change_words(stream, change)
    await queries.update_words(tx, stream_id, words)
    if words.title != stream.title and stream.conversation_id is not None:
        name = ConversationChange(name=rules.room_name(words.title))
        # A room that was handed over is called what its owner wants.
        with suppress(ConversationNotFound, NotYourConversation):
            await conversations.update_conversation(tx, owner, stream.conversation_id, name)
    if change.slow_mode_seconds is not UNSET:
        await _set_slow_mode(tx, owner, stream, change.slow_mode_seconds)
    return await _get_own(tx, station, stream_id)


async def end_stream(tx: Tx, station: Station, stream_id: StreamId, owner: Member) -> OwnStream:
    """End one's own broadcast for good: an encoder that still sends is cut off."""
    stream = await _lock_own(tx, stream_id, owner)
    await _move(tx, stream, rules.end(rules.air_of(stream), now()))
    return await _get_own(tx, station, stream_id)


async def watch(
    database: Database, station: Station, stream_id: StreamId, listener: ListenerIdentity
) -> Heartbeat:
    """Count a viewer of a live stream."""
    async with database.read() as conn:
        stream = await _get_visible(conn, stream_id, listener.user_id)
    rules.ensure_live(stream)
    seen = await station.audiences.watch(stream_id, listener)
    if seen is None:
        return Heartbeat(0, REFRESH_S)
    if seen.is_due:
        async with database.transaction(recorded=False) as tx:
            await queries.update_viewers(tx, {stream_id: seen.audience})
    return Heartbeat(seen.audience.present, REFRESH_S)


async def read_media(database: Database, station: Station, stream_id: StreamId, name: str) -> bytes:
    """Read a playlist or a segment of a broadcast, while there is anything to be played."""
    if not rules.is_file_name(name):
        raise StreamNotFound
    async with database.read() as conn:
        stream = await queries.find_stream(conn, stream_id)
    if stream is None or not rules.is_playable(stream, now()):
        raise StreamNotFound
    content = await read_file(station.folder / str(stream_id) / name)
    if content is None:
        raise StreamNotFound
    if name != rules.PLAYLIST:
        return remove_missing_video(content)
    return rules.close_list(content) if stream.status is Status.ENDED else content


async def publish(tx: Tx, station: Station, publisher: Publisher) -> StreamId:
    """Let an encoder in, and say as which broadcast it goes on air. Raises PublishRefused.

    It goes on with what was interrupted, or else begins the latest draft; where there is none, a
    broadcast like the last one.
    """
    streamer = await _recognise(tx, station, publisher)
    stream = await _lock_next(tx, streamer.id)
    if stream is None:
        stream = await _add_like_last(tx, streamer)
    air = rules.begin(rules.air_of(stream), publisher.client_ref, now())
    await _move(tx, stream, air)
    return stream.id


async def keep_on(tx: Tx, station: Station, publisher: Publisher) -> None:
    """Hear that an encoder is still there. Raises PublishRefused where it is to be cut off."""
    streamer = await _recognise(tx, station, publisher)
    stream = await _lock_next(tx, streamer.id)
    if stream is None:
        raise PublishRefused
    await _move(tx, stream, rules.hear(rules.air_of(stream), publisher.client_ref, now()))


async def hang_up(tx: Tx, publisher: Publisher) -> StreamId | None:
    """Hear that an encoder is gone; tell which broadcast is interrupted by it.

    What is said of any other connection than the one that publishes is passed over.
    """
    streamer = await queries.lock_streamer(tx, rules.hash_key(publisher.key))
    stream = None if streamer is None else await _lock_next(tx, streamer.id)
    if stream is None or stream.client_ref != publisher.client_ref:
        return None
    await _move(tx, stream, rules.hang_up(rules.air_of(stream), now()))
    return stream.id


async def age_overdue(tx: Tx) -> list[StreamId]:
    """Have time do to broadcasts what it does; tell to which, at most a hundred."""
    moment = now()
    found = await queries.lock_overdue(tx, moment - rules.LOST_AFTER, moment - rules.RETURNS_WITHIN)
    for stream in found:
        await _move(tx, stream, rules.age(rules.air_of(stream), moment))
    return [stream.id for stream in found]


async def note_viewers(
    database: Database, station: Station, stream_ids: Sequence[StreamId]
) -> None:
    """Write down how many watched broadcasts that were left just now."""
    found = await station.audiences.look(stream_ids)
    if found:
        async with database.transaction(recorded=False) as tx:
            await queries.update_viewers(tx, found)


async def find_evidence(conn: Conn, stream_id: UUID, viewer: Member) -> StreamEvidence | None:
    """Give what a report of a broadcast has to keep; None where the viewer may not know of it."""
    stream = await queries.find_stream(conn, StreamId(stream_id))
    if stream is None or not rules.is_visible_to(stream, viewer.id):
        return None
    return rules.evidence_of(stream)


async def count_streams(conn: Conn) -> StreamFigures:
    """Count the broadcasts."""
    return await queries.count_streams(conn)


def _ensure_may_stream(station: Station, member: Member) -> None:
    if not rules.may_stream(member.role, creators_only=station.creators_only):
        raise MayNotStream


async def _recognise(tx: Tx, station: Station, publisher: Publisher) -> Streamer:
    streamer = await queries.lock_streamer(tx, rules.hash_key(publisher.key))
    if streamer is None or streamer.is_suspended:
        raise PublishRefused
    if not rules.may_stream(streamer.role, creators_only=station.creators_only):
        raise PublishRefused
    return streamer


async def _lock_owner(tx: Tx, user_id: UserId) -> str:
    username = await queries.lock_owner(tx, user_id)
    if username is None:
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated
    return username


async def _lock_own(tx: Tx, stream_id: StreamId, member: Member) -> StoredStream:
    # First whose it is: so does whoever erases them.
    await _lock_owner(tx, member.id)
    stream = await queries.lock_stream(tx, stream_id)
    if stream is None or not rules.is_visible_to(stream, member.id):
        raise StreamNotFound
    if stream.owner_id != member.id:
        raise NotYourStream
    return stream


async def _lock_next(tx: Tx, owner_id: UserId) -> StoredStream | None:
    """Lock what somebody has on air or in preparation, as it is by now."""
    stream = await queries.lock_next(tx, owner_id)
    if stream is None:
        return None
    air = rules.age(rules.air_of(stream), now())
    await _move(tx, stream, air)
    # What time ended isn't gone on with.
    return await queries.lock_next(tx, owner_id) if air != rules.air_of(stream) else stream


async def _move(tx: Tx, stream: StoredStream, air: Air) -> None:
    before = rules.air_of(stream)
    if air == before:
        return
    await queries.update_air(tx, stream.id, air)
    if before.status is Status.DRAFT:
        await emit(tx, StreamStarted(stream.id, stream.owner_id))
    if air.status is Status.ENDED:
        await emit(tx, StreamEnded(stream.id, stream.owner_id))


async def _add_like_last(tx: Tx, streamer: Streamer) -> StoredStream:
    last = await queries.find_last(tx, streamer.id)
    words = rules.first_words(streamer.username) if last is None else rules.copy_words(last)
    owner = Member(streamer.id, streamer.role, None)
    stream = await _add(tx, owner, words, is_announced=False)
    if last is not None and last.slow_mode_seconds:
        await _set_slow_mode(tx, owner, stream, last.slow_mode_seconds)
    return stream


async def _add(tx: Tx, owner: Member, words: Words, *, is_announced: bool) -> StoredStream:
    """Make a draft, and the room in which its viewers talk."""
    form = ConversationForm(ConversationType.ROOM, rules.room_name(words.title))
    room = (await conversations.create_in(tx, owner, form)).conversation
    new = NewStream(StreamId(new_id()), owner.id, words, room.id, is_announced)
    await queries.insert_stream(tx, new)
    stream = await queries.lock_stream(tx, new.id)
    assert stream is not None, new.id
    return stream


async def _set_slow_mode(tx: Tx, owner: Member, stream: StoredStream, seconds: int) -> None:
    if stream.conversation_id is None:
        raise ConversationNotFound
    change = ConversationChange(slow_mode_seconds=seconds)
    await conversations.update_conversation(tx, owner, stream.conversation_id, change)


async def _get_access(conn: Conn, station: Station, user_id: UserId) -> StreamAccess:
    return StreamAccess(await find_key(conn, station.sealing, user_id), station.rtmp_url)


async def _get_visible(conn: Conn, stream_id: StreamId, viewer_id: UserId | None) -> StoredStream:
    stream = await queries.find_stream(conn, stream_id)
    # A hidden one answers like a missing one, so that ids can't be probed.
    if stream is None or not rules.is_visible_to(stream, viewer_id):
        raise StreamNotFound
    return stream


async def _get_own(tx: Tx, station: Station, stream_id: StreamId) -> OwnStream:
    stream = await queries.find_stream(tx, stream_id)
    assert stream is not None, stream_id
    [shown] = await _show(station, [stream])
    return rules.show_own(shown, await _get_access(tx, station, stream.owner_id))


async def _show(station: Station, streams: Sequence[StoredStream]) -> list[Stream]:
    live = [stream.id for stream in streams if stream.is_live]
    found = await station.audiences.look(live)
    return [_show_one(station, each, found.get(each.id)) for each in streams]


def _show_one(station: Station, stream: StoredStream, audience: Audience | None) -> Stream:
    url = rules.playback_url(station.base, station.spread_below, stream.id)
    return rules.show_stream(stream, url, audience)
