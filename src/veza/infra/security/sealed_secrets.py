"""Encrypts secrets in the database again, after the installation got a newer encryption key."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from msgspec import Struct

from veza.core.ids import LOWEST_ID
from veza.infra.postgres.database import Database, Tx
from veza.infra.security.encryption import DecryptionFailed, Encrypted, Encryptor


class SealedSecrets(Struct, frozen=True):
    """The statements and the context of a table with encrypted secrets.

    `find_outdated` locks up to 100 rows after an id (`$2`) whose key is not that of a number
    (`$1`), in the order of ids, and selects `row_id`, `sealed` and `sealed_with`. `update` stores
    `sealed` (`$2`) and `sealed_with` (`$3`) of an id (`$1`). `context` ties a secret to its row.
    """

    find_outdated: str
    update: str
    context: Callable[[UUID], str]


class SealedRow(Struct, frozen=True):
    """The encrypted secret of a row, with the number of its key."""

    row_id: UUID
    sealed: bytes
    sealed_with: int


async def reseal(database: Database, encryptor: Encryptor, secrets: SealedSecrets) -> int:
    """Encrypt all secrets of a table with the newest key; return how many rows were outdated.

    Each 100 rows are a transaction. Secrets that can't be decrypted stay as they are.
    """
    count, after = 0, LOWEST_ID
    while True:
        async with database.transaction() as tx:
            rows = await tx.all(SealedRow, secrets.find_outdated, encryptor.number, after)
            for row in rows:
                await _reseal_row(tx, encryptor, secrets, row)
        if not rows:
            return count
        count, after = count + len(rows), rows[-1].row_id


async def _reseal_row(tx: Tx, encryptor: Encryptor, secrets: SealedSecrets, row: SealedRow) -> None:
    context = secrets.context(row.row_id)
    with suppress(DecryptionFailed):
        text = encryptor.decrypt(Encrypted(row.sealed, row.sealed_with), context)
        sealed = encryptor.encrypt(text, context)
        await tx.run(secrets.update, row.row_id, sealed.content, sealed.number)
