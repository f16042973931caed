"""Changes audiences of streams, and unlocks streams by a password."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, structs

from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, required
from veza.core.ids import ProductId, StreamId, UserId, new_id
from veza.core.listener_identity import ListenerIdentity
from veza.core.stream_audiences import StreamAudience, is_stream_open
from veza.domains.audiences.service import lock_chosen
from veza.domains.chat.conversations import shared_queries as rooms
from veza.domains.chat.conversations.events import CONVERSATION
from veza.domains.live import errors
from veza.domains.live.models.audiences import AudienceChoice, StreamUnlockForm
from veza.domains.live.models.forms import StreamChange, StreamForm
from veza.domains.live.models.stored_streams import StoredStream
from veza.domains.live.models.streams import UnlockedStream
from veza.domains.live.queries import guests, stored_streams
from veza.domains.live.rules import audiences, descriptions, states
from veza.domains.live.rules.audiences import TicketHolder
from veza.domains.live.service import responses, stored_states
from veza.domains.live.service.context import LiveContext
from veza.infra.postgres.database import Database, Tx


class HashedForm[F: (StreamForm, StreamChange)](Struct, frozen=True):
    """A form of a stream, and the hash of its password, if it has one."""

    form: F
    password_hash: str | None = None


async def hash_password[F: (StreamForm, StreamChange)](
    context: LiveContext, form: F
) -> HashedForm[F]:
    """Return a form with the hash of its password. It takes long: call it before a transaction."""
    if form.password is UNSET or form.password is None:
        return HashedForm(form)
    return HashedForm(form, await context.passwords.hash(form.password))


async def lock_parts(
    tx: Tx,
    owner_id: UserId,
    form: StreamForm | StreamChange,
    stream_id: StreamId | None = None,
) -> list[UserId] | None:
    """Lock the tier, the product and the people of a form; return the people. Raises Invalid."""
    await lock_chosen(tx, owner_id, form.tier_id)
    product_id = form.product_id
    if not isinstance(product_id, UnsetType) and product_id is not None:
        await _lock_product(tx, owner_id, product_id)
    return None if form.guests is UNSET else await _lock_named(tx, form.guests, stream_id)


def new_media_id(audience: StreamAudience) -> UUID | None:
    """Return a secret folder name for the media of a restricted stream, else None."""
    return None if is_stream_open(audience) else new_id()


async def change_audience(
    tx: Tx,
    stream: StoredStream,
    choice: AudienceChoice,
    named: Sequence[UserId] | None,
) -> None:
    """Store the audience of a locked stream, and remove others from its room.

    A stream that gets another audience gets another folder for its media, which nobody knows:
    nobody goes back in it into what was not sent to them, and what caches have of the former one
    is of no use. Its encoder has to connect again.
    """
    media_id = new_id() if audiences.is_past_foreign(stream, choice) else stream.media_id
    await stored_streams.update_audience(tx, stream.id, choice, media_id)
    if named is not None:
        await guests.update_named(tx, stream.id, named)
    if media_id != stream.media_id:
        state = states.interrupt(states.state_of(stream), now())
        await stored_states.save_state(tx, stream, state)
    if stream.audience is not StreamAudience.PUBLIC or choice.audience is not StreamAudience.PUBLIC:
        await close_room(tx, stream, choice.audience)


async def close_room(tx: Tx, stream: StoredStream, audience: StreamAudience) -> None:
    """Give the room of a stream its audience, and remove members who are not in it."""
    if stream.conversation_id is None:
        return
    is_public = audience is StreamAudience.PUBLIC
    await rooms.update_stream_room(tx, stream.conversation_id, is_public=is_public)
    await rooms.delete_former(tx, [stream.conversation_id])
    tx.signal(f"{CONVERSATION}:{stream.conversation_id}")


async def unlock(
    database: Database,
    context: LiveContext,
    stream_id: StreamId,
    viewer: ListenerIdentity,
    *,
    form: StreamUnlockForm,
) -> UnlockedStream:
    """Open a stream by its password, for twelve hours or until the password changes.

    Members are admitted by their account from then on, others by the ticket. Raises StreamNotFound,
    also if either of the owner and the viewer blocks the other, WrongStreamPassword and
    TooManyStreamGuesses.
    """
    viewer_id = viewer.user_id
    async with database.read() as conn:
        found = await stored_streams.find_stream(conn, stream_id, viewer_id)
        is_barred = viewer_id is not None and await guests.is_barred(conn, stream_id, viewer_id)
    stream = required(found, errors.StreamNotFound)
    if is_barred and audiences.is_locked(stream):
        raise errors.StreamNotFound
    if not audiences.is_locked(stream) or stream.password_hash is None:
        stream = descriptions.ensure_visible(stream, viewer_id)
    else:
        await _ensure_password(context, stream, viewer.name, given=form.password)
    expires_at = audiences.expiry_of_ticket(now())
    holder = TicketHolder(password_version=stream.password_version)
    ticket = audiences.write_ticket(context.signer, stream_id, holder, now())
    if viewer_id is not None and audiences.is_locked(stream):
        async with database.transaction() as tx:
            await guests.insert_unlocked(
                tx, stream_id, viewer_id, stream.password_version, expires_at
            )
    stream = structs.replace(stream, is_admitted=True)
    [shown] = await responses.show(context, [stream], viewer_id, ticket)
    return UnlockedStream(shown, ticket, expires_at)


async def _ensure_password(
    context: LiveContext, stream: StoredStream, guesser: str, *, given: str
) -> None:
    """Raise WrongStreamPassword, or TooManyStreamGuesses after many by one, or by all together."""
    assert stream.password_hash is not None
    key, refusal = f"stream:{stream.id}", errors.TooManyStreamGuesses
    async with (
        context.attempts.attempt(f"{key}:{guesser}", refusal) as attempt,
        context.all_attempts.attempt(key, refusal) as among_all,
    ):
        if not await context.passwords.verify(stream.password_hash, given):
            attempt.fail()
            among_all.fail()
            raise errors.WrongStreamPassword


async def _lock_product(tx: Tx, owner_id: UserId, product_id: ProductId) -> None:
    if not await guests.lock_product(tx, owner_id, product_id):
        raise _invalid("product_id", "Choose one of your own products, or none.")


async def _lock_named(tx: Tx, usernames: Sequence[str], stream_id: StreamId | None) -> list[UserId]:
    locked = await guests.lock_named(tx, usernames, stream_id)
    found = {each.username.lower(): each.id for each in locked}
    missing = [name for name in usernames if name.lower() not in found]
    if missing:
        raise _invalid("guests", f"There is nobody with the username {missing[0]}.")
    return sorted(set(found.values()))


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(details=[FieldError(field, message)])
