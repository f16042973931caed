"""The keys that let members' encoders in: given out, replaced, and sealed anew."""

from contextlib import suppress

from veza.core.ids import UserId
from veza.domains.live import queries, rules
from veza.domains.live.models import NewStreamKey, StoredStreamKey
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.sealing import SealBroken, Sealed, Sealing


async def find_key(conn: Conn, sealing: Sealing, user_id: UserId) -> str | None:
    """Give a member's key, where they have one that can be read.

    It can't be where the installation lost what sealed it: it still lets their encoder in, until
    they draw another.
    """
    found = await queries.find_key(conn, user_id)
    with suppress(SealBroken):
        return None if found is None else _open(sealing, found)
    return None


async def ensure_key(tx: Tx, sealing: Sealing, user_id: UserId) -> None:
    """Draw a member's first key, unless they have one."""
    if await queries.find_key(tx, user_id) is None:
        await queries.insert_key(tx, _draw(sealing, user_id))


async def replace_key(tx: Tx, sealing: Sealing, user_id: UserId) -> None:
    """Give a member another key; the former one lets nobody in any more."""
    await queries.update_key(tx, _draw(sealing, user_id))


async def reseal_batch(tx: Tx, sealing: Sealing, after: UserId) -> list[StoredStreamKey]:
    """Seal keys by the newest one that others seal: a hundred, in the order of their members.

    What can't be opened stays as it is. Gives those that were looked at.
    """
    found = await queries.lock_outdated_keys(tx, sealing.number, after)
    for key in found:
        with suppress(SealBroken):
            sealed = sealing.seal(_open(sealing, key), _about(key.user_id))
            await queries.update_seal(
                tx, StoredStreamKey(key.user_id, sealed.content, sealed.number)
            )
    return found


def _draw(sealing: Sealing, user_id: UserId) -> NewStreamKey:
    key = rules.generate_key()
    sealed = sealing.seal(key, _about(user_id))
    return NewStreamKey(user_id, rules.hash_key(key), sealed.content, sealed.number)


def _open(sealing: Sealing, key: StoredStreamKey) -> str:
    return sealing.open(Sealed(key.sealed, key.sealed_with), _about(key.user_id))


def _about(user_id: UserId) -> str:
    """Bind a key to its member: in the row of another it opens for nobody."""
    return f"stream_key:{user_id}"
