"""Check second factors, which are right once only."""

from veza.core.ids import UserId
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.factors.models import FactorOutcome, FactorProof
from veza.domains.auth.factors.service import authenticator_apps, recovery_codes
from veza.domains.auth.factors.service.overview import FactorContext
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys.models import CheckedPasskey, ExpectedChallenge, PasskeyUse
from veza.infra.postgres.database import Tx


async def use_factor(
    tx: Tx,
    context: FactorContext,
    user_id: UserId,
    given: FactorProof,
    expected: ExpectedChallenge,
) -> FactorOutcome:
    """Use a second factor, which is right once only. `expected` is what a passkey signed."""
    if given.passkey is not None:
        checked = await passkeys.check_answer(tx, context.passkeys, given.passkey, expected)
        return FactorOutcome.REFUSED if checked is None else await use_passkey(tx, checked)
    is_right = (
        await authenticator_apps.use_code(tx, context, user_id, given.code or "")
        if given.recovery_code is None
        else await recovery_codes.use_code(tx, user_id, given.recovery_code)
    )
    return await _accept(tx, user_id) if is_right else FactorOutcome.REFUSED


async def use_passkey(tx: Tx, checked: CheckedPasskey) -> FactorOutcome:
    """Use a passkey whose signature is right."""
    use = await passkeys.use_passkey(tx, checked)
    if use is PasskeyUse.COPIED:
        return FactorOutcome.COPIED
    if use is PasskeyUse.GONE:
        return FactorOutcome.REFUSED
    return await _accept(tx, checked.user_id)


async def _accept(tx: Tx, user_id: UserId) -> FactorOutcome:
    """Return that a factor is right: its member has not lost it."""
    await factor_queries.delete_recovery(tx, user_id)
    return FactorOutcome.ACCEPTED
