"""The keys that let members' encoders in: given out, replaced, and sealed anew."""

from contextlib import suppress

from veza.core.ids import UserId
from veza.domains.streams import queries, rules
from veza.domains.streams.models import NewKey, StoredKey
from veza.infra.db import Tx
from veza.infra.sealing import SealBroken, Sealed, Sealing


async def give_key(tx: Tx, sealing: Sealing, user_id: UserId) -> str:
    """Give a member their key, which is drawn where they have none, or none that can be read.

    Whoever lost the secrets of the installation lost all keys: encoders have to be told others.
    """
    await queries.insert_key(tx, _draw(sealing, user_id))
    found = await queries.find_key(tx, user_id)
    assert found is not None, user_id
    with suppress(SealBroken):
        return _open(sealing, found)
    return await replace_key(tx, sealing, user_id)


async def replace_key(tx: Tx, sealing: Sealing, user_id: UserId) -> str:
    """Give a member another key; the former one lets nobody in any more."""
    await queries.update_key(tx, _draw(sealing, user_id))
    found = await queries.find_key(tx, user_id)
    assert found is not None, user_id
    return _open(sealing, found)


async def seal_anew(tx: Tx, sealing: Sealing) -> int:
    """Seal keys by the newest one that an earlier one seals; tell how many, at most a hundred."""
    found = await queries.lock_keys_sealed_before(tx, sealing.number)
    for key in found:
        try:
            sealed = sealing.seal(_open(sealing, key), _about(key.user_id))
        except SealBroken:
            await queries.update_key(tx, _draw(sealing, key.user_id))
        else:
            await queries.update_seal(tx, StoredKey(key.user_id, sealed.content, sealed.number))
    return len(found)


def _draw(sealing: Sealing, user_id: UserId) -> NewKey:
    key = rules.draw_key()
    sealed = sealing.seal(key, _about(user_id))
    return NewKey(user_id, rules.hash_key(key), sealed.content, sealed.number)


def _open(sealing: Sealing, key: StoredKey) -> str:
    return sealing.open(Sealed(key.sealed, key.sealed_with), _about(key.user_id))


def _about(user_id: UserId) -> str:
    """Bind a key to its member: in the row of another it opens for nobody."""
    return f"stream_key:{user_id}"
