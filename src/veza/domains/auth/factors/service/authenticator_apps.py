"""Set up, use and remove authenticator apps."""

from contextlib import suppress

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import UserId
from veza.domains.auth.factors import queries, rules
from veza.domains.auth.factors.errors import FactorNotFound, NoTotpBegun, TotpExists, WrongFactor
from veza.domains.auth.factors.models import RecoveryCodes, StoredTotp, TotpForm, TotpSetup
from veza.domains.auth.factors.service.changes import complete_addition, complete_removal
from veza.domains.auth.factors.service.overview import FactorContext, lock_owner
from veza.infra.postgres.database import Tx
from veza.infra.security import totp
from veza.infra.security.encryption import DecryptionFailed, Encrypted, Encryptor
from veza.infra.security.sealed_secrets import SealedSecrets


async def begin_totp(tx: Tx, context: FactorContext, user_id: UserId) -> TotpSetup:
    """Create the secret of an authenticator app, which is no factor until its first code.

    It replaces one that waits. Raises TotpExists.
    """
    username = await lock_owner(tx, user_id)
    secret = totp.generate_secret()
    sealed = context.encryptor.encrypt(secret, rules.seal_context(user_id))
    stored = StoredTotp(user_id, sealed.content, sealed.number, is_confirmed=False)
    if not await queries.upsert_totp(tx, stored):
        raise TotpExists
    uri = totp.write_uri(secret, site=context.site, username=username)
    return TotpSetup(secret, uri, totp.draw_qr_code(uri))


async def confirm_totp(
    tx: Tx, context: FactorContext, member: Member, form: TotpForm
) -> RecoveryCodes:
    """Make an authenticator app a factor, by its first code. Raises NoTotpBegun and WrongFactor."""
    await lock_owner(tx, member.id)
    stored = required(await queries.find_sealed_totp(tx, member.id), NoTotpBegun)
    if stored.is_confirmed:
        raise NoTotpBegun
    step = required(_find_step(context, stored, form.code), WrongFactor)
    before = await queries.find_owned(tx, member.id)
    await queries.update_totp_confirmed(tx, member.id, step)
    return await complete_addition(tx, member, before)


async def remove_totp(tx: Tx, member: Member) -> None:
    """Remove the authenticator app, and end all other sessions. Raises FactorNotFound."""
    await lock_owner(tx, member.id)
    if not await queries.delete_totp(tx, member.id):
        raise FactorNotFound
    await complete_removal(tx, member)


async def use_code(tx: Tx, context: FactorContext, user_id: UserId, code: str) -> bool:
    """Use a code of an authenticator app; return whether it was right and unused."""
    stored = await queries.find_sealed_totp(tx, user_id)
    if stored is None or not stored.is_confirmed:
        return False
    step = _find_step(context, stored, code)
    return step is not None and await queries.update_totp_used(tx, user_id, step)


def _find_step(context: FactorContext, stored: StoredTotp, code: str) -> int | None:
    secret = _open(context.encryptor, stored)
    return None if secret is None else totp.find_step(secret, code)


def _open(encryptor: Encryptor, stored: StoredTotp) -> str | None:
    """Return the secret of an authenticator app; None if its encryption key is lost."""
    with suppress(DecryptionFailed):
        encrypted = Encrypted(stored.sealed, stored.sealed_with)
        return encryptor.decrypt(encrypted, rules.seal_context(stored.user_id))
    return None


SEALED_TOTP = SealedSecrets(
    queries.FIND_OUTDATED_TOTP, queries.UPDATE_TOTP_SEAL, rules.seal_context
)
