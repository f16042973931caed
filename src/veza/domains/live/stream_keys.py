"""The keys that let members' encoders in: given out, replaced, and sealed anew."""

from contextlib import suppress

from veza.core.ids import UserId
from veza.domains.live import queries, rules
from veza.domains.live.models import NewKey, StoredKey
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.encryption import DecryptionFailed, Encrypted, Encryptor


async def find_key(conn: Conn, sealing: Encryptor, user_id: UserId) -> str | None:
    """Give a member's key, where they have one that can be read.

    It can't be where the installation lost what sealed it: it still lets their encoder in, until
    they draw another.
    """
    found = await queries.find_key(conn, user_id)
    with suppress(DecryptionFailed):
        return None if found is None else _open(sealing, found)
    return None


async def ensure_key(tx: Tx, sealing: Encryptor, user_id: UserId) -> None:
    """Draw a member's first key, unless they have one."""
    if await queries.find_key(tx, user_id) is None:
        await queries.insert_key(tx, _draw(sealing, user_id))


async def replace_key(tx: Tx, sealing: Encryptor, user_id: UserId) -> None:
    """Give a member another key; the former one lets nobody in any more."""
    await queries.update_key(tx, _draw(sealing, user_id))


async def seal_anew(tx: Tx, sealing: Encryptor, after: UserId) -> list[StoredKey]:
    """Seal keys by the newest one that others seal: a hundred, in the order of their members.

    What can't be opened stays as it is. Gives those that were looked at.
    """
    found = await queries.lock_keys_sealed_otherwise(tx, sealing.number, after)
    for key in found:
        with suppress(DecryptionFailed):
            sealed = sealing.encrypt(_open(sealing, key), _about(key.user_id))
            await queries.update_seal(tx, StoredKey(key.user_id, sealed.content, sealed.number))
    return found


def _draw(sealing: Encryptor, user_id: UserId) -> NewKey:
    key = rules.draw_key()
    sealed = sealing.encrypt(key, _about(user_id))
    return NewKey(user_id, rules.hash_key(key), sealed.content, sealed.number)


def _open(sealing: Encryptor, key: StoredKey) -> str:
    return sealing.decrypt(Encrypted(key.sealed, key.sealed_with), _about(key.user_id))


def _about(user_id: UserId) -> str:
    """Bind a key to its member: in the row of another it opens for nobody."""
    return f"stream_key:{user_id}"
