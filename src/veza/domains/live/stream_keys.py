"""Stream keys of members: created, replaced and encrypted."""

from contextlib import suppress
from uuid import UUID

from veza.core.ids import UserId
from veza.domains.live.models.stream_keys import NewStreamKey, StoredStreamKey
from veza.domains.live.queries import keys
from veza.domains.live.rules import encoders
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.encryption import DecryptionFailed, Encrypted, Encryptor
from veza.infra.security.sealed_secrets import SealedSecrets


async def find_key(conn: Conn, encryptor: Encryptor, user_id: UserId) -> str | None:
    """Return a member's key, or None where there is none or it can't be decrypted.

    A key whose encryption key was lost still works for the encoder, until the member replaces it.
    """
    found = await keys.find_key(conn, user_id)
    with suppress(DecryptionFailed):
        return None if found is None else _open(encryptor, found)
    return None


async def ensure_key(tx: Tx, encryptor: Encryptor, user_id: UserId) -> None:
    """Create a key for a member without a key."""
    if await keys.find_key(tx, user_id) is None:
        await keys.insert_key(tx, _make_key(encryptor, user_id))


async def replace_key(tx: Tx, encryptor: Encryptor, user_id: UserId) -> None:
    """Replace a member's key; the old key stops working."""
    await keys.update_key(tx, _make_key(encryptor, user_id))


def _make_key(encryptor: Encryptor, user_id: UserId) -> NewStreamKey:
    key = encoders.generate_key()
    sealed = encryptor.encrypt(key, _context(user_id))
    return NewStreamKey(user_id, sealed.content, sealed.number, encoders.hash_key(key))


def _open(encryptor: Encryptor, key: StoredStreamKey) -> str:
    return encryptor.decrypt(Encrypted(key.sealed, key.sealed_with), _context(key.user_id))


def _context(user_id: UUID) -> str:
    """Bind a key to its member: in the row of another it can't be decrypted."""
    return f"stream_key:{user_id}"


SEALED_KEYS = SealedSecrets(keys.FIND_OUTDATED, keys.UPDATE_SEAL, _context)
