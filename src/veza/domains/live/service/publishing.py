"""A stream key admits one encoder; a stream is live until it is ended or its encoder lost."""

from uuid import UUID

from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import StreamId, UserId
from veza.domains.live import errors
from veza.domains.live.models.stream_keys import KeyOwner, Publisher
from veza.domains.live.queries import keys, stored_streams
from veza.domains.live.rules import encoders, states
from veza.domains.live.service import drafts, stored_states
from veza.domains.live.service.context import LiveContext
from veza.domains.live.stream_keys import find_key
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.srt_keys import BadKeyMaterial, unwrap


async def publish(tx: Tx, context: LiveContext, publisher: Publisher) -> UUID:
    """Authorize an encoder to publish; return the name of the media. Raises PublishRefused.

    It continues an interrupted stream, or starts the latest draft, or else a copy of the last
    stream.
    """
    key_owner = await _authenticate(tx, context, publisher)
    stream = await stored_states.lock_current(tx, key_owner.id) or await drafts.add_draft_like_last(
        tx, key_owner
    )
    state = states.start_publishing(states.state_of(stream), publisher.client_ref, now())
    await stored_states.save_state(tx, stream, state)
    if stream.now_playing:
        await stored_streams.update_now_playing(tx, stream.id, "")
    return stream.media_id or stream.id


async def check(tx: Tx, context: LiveContext, publisher: Publisher) -> None:
    """Raise PublishRefused, or AlreadyPublishing, unless an encoder may publish now."""
    key_owner = await _authenticate(tx, context, publisher)
    stream = await stored_states.lock_current(tx, key_owner.id)
    if stream is not None:
        states.start_publishing(states.state_of(stream), publisher.client_ref, now())


async def confirm_publishing(tx: Tx, context: LiveContext, publisher: Publisher) -> None:
    """Record that an encoder still publishes. Raises PublishRefused to disconnect it."""
    key_owner = await _authenticate(tx, context, publisher)
    stream = required(await stored_states.lock_current(tx, key_owner.id), errors.PublishRefused)
    state = states.confirm_publishing(states.state_of(stream), publisher.client_ref, now())
    await stored_states.save_state(tx, stream, state)


async def unlock(conn: Conn, context: LiveContext, owner_id: UserId, material: bytes) -> str:
    """Return the key of a member whose encoder proved to have it. Raises PublishRefused.

    An encoder that sends SRT wraps the key of its connection by the stream key, which is its
    passphrase.
    """
    key = await find_key(conn, context.encryptor, owner_id)
    try:
        # Takes as long for members without a key.
        unwrap(material, key or encoders.generate_key())
    except BadKeyMaterial as error:
        raise errors.PublishRefused from error
    return required(key, errors.PublishRefused)


async def announce(tx: Tx, context: LiveContext, publisher: Publisher, title: str) -> None:
    """Store what an encoder plays at the moment. Raises PublishRefused."""
    key_owner = await _authenticate(tx, context, publisher)
    stream = await stored_states.lock_current(tx, key_owner.id)
    if stream is None or stream.client_ref != publisher.client_ref:
        raise errors.PublishRefused
    await stored_streams.update_now_playing(tx, stream.id, encoders.clean_now_playing(title))


async def stop_publishing(tx: Tx, publisher: Publisher) -> StreamId | None:
    """Record that an encoder disconnected; return the stream that is interrupted.

    Reports about any other connection are ignored.
    """
    key_owner = await keys.lock_key_owner(tx, encoders.hash_key(publisher.key))
    stream = None if key_owner is None else await stored_states.lock_current(tx, key_owner.id)
    if stream is None or stream.client_ref != publisher.client_ref:
        return None
    await stored_states.save_state(tx, stream, states.interrupt(states.state_of(stream), now()))
    return stream.id


async def expire_streams(tx: Tx) -> list[StreamId]:
    """Expire up to 100 streams whose encoder sent no heartbeat; return their ids."""
    moment = now()
    found = await stored_streams.lock_overdue(
        tx, moment - states.ENCODER_LOST_AFTER, moment - states.RECONNECT_WITHIN
    )
    for stream in found:
        await stored_states.save_state(tx, stream, states.expire(states.state_of(stream), moment))
    return [stream.id for stream in found]


async def _authenticate(tx: Tx, context: LiveContext, publisher: Publisher) -> KeyOwner:
    key_owner = await keys.lock_key_owner(tx, encoders.hash_key(publisher.key))
    if key_owner is None or key_owner.is_suspended:
        raise errors.PublishRefused
    if not encoders.may_stream(key_owner.role, creators_only=context.creators_only):
        raise errors.PublishRefused
    return key_owner
