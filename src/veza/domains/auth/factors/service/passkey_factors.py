"""Add and remove passkeys as second factors."""

from veza.core.access import Member
from veza.core.ids import PasskeyId, UserId
from veza.domains.auth.factors import queries
from veza.domains.auth.factors.models import RecoveryCodes
from veza.domains.auth.factors.service.changes import complete_addition, complete_removal
from veza.domains.auth.factors.service.overview import FactorContext, lock_owner
from veza.domains.auth.identities import service as identities
from veza.domains.auth.identities.service import IdentityProviders
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys.models import PasskeyCreationOptions, PasskeyForm
from veza.infra.postgres.database import Tx


async def begin_passkey(tx: Tx, context: FactorContext, user_id: UserId) -> PasskeyCreationOptions:
    """Return options for a new passkey. Raises TooManyPasskeys."""
    username = await lock_owner(tx, user_id)
    return await passkeys.begin_registration(tx, context.passkeys, user_id, username)


async def create_passkey(
    tx: Tx, context: FactorContext, member: Member, form: PasskeyForm
) -> RecoveryCodes:
    """Make a passkey a factor.

    Raises PasskeyUnreadable, PasskeyChallengeOver, PasskeyExists and TooManyPasskeys.
    """
    await lock_owner(tx, member.id)
    before = await queries.find_owned(tx, member.id)
    await passkeys.register(tx, context.passkeys, member.id, form)
    return await complete_addition(tx, member, before)


async def remove_passkey(
    tx: Tx, providers: IdentityProviders, member: Member, passkey_id: PasskeyId
) -> None:
    """Remove a passkey, and end all other sessions. Raises PasskeyNotFound and LastWayIn."""
    await lock_owner(tx, member.id)
    await passkeys.remove(tx, member.id, passkey_id)
    await identities.ensure_way_in(tx, providers, member.id)
    await complete_removal(tx, member)
