"""Challenges of logins: opened by a right password, ended by a second factor."""

import secrets

from veza.core.errors import required
from veza.core.ids import UserId
from veza.domains.auth.factors import queries, rules
from veza.domains.auth.factors.errors import ChallengeOver
from veza.domains.auth.factors.models import (
    FactorMethods,
    FactorOutcome,
    FactorProof,
    LoginChallenge,
    Owned,
    StoredChallenge,
)
from veza.domains.auth.factors.service.overview import FactorContext
from veza.domains.auth.factors.service.proofs import use_factor
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys.models import (
    ExpectedChallenge,
    PasskeyPurpose,
    PasskeyRequestOptions,
)
from veza.infra.postgres.database import ConstraintViolation, Database, Tx


async def open_challenge(tx: Tx, user_id: UserId, password_hash: str) -> LoginChallenge | None:
    """Open a challenge after a right password; None if the member has no second factor.

    The member is locked by the caller, so that no factor is added meanwhile.
    """
    owned = await queries.find_owned(tx, user_id)
    if not rules.needs_challenge(has_factors=owned.has_factors):
        return None
    token = secrets.token_urlsafe(32)
    stored = StoredChallenge(user_id, rules.digest_of_password(password_hash))
    await queries.insert_challenge(
        tx, rules.hash_of(token), stored, lifetime=rules.CHALLENGE_LIFETIME
    )
    await queries.delete_surplus_challenges(tx, user_id, rules.MAX_CHALLENGES)
    return LoginChallenge(token, _methods(owned), int(rules.CHALLENGE_LIFETIME.total_seconds()))


async def find_challenge(database: Database, token: str) -> StoredChallenge:
    """Return an open challenge. Raises ChallengeOver."""
    async with database.read() as conn:
        found = await queries.find_challenge(conn, rules.hash_of(token), rules.MAX_TRIES)
    return required(found, ChallengeOver)


def ensure_same_password(challenge: StoredChallenge, password_hash: str) -> None:
    """Raise ChallengeOver if another password was set after the challenge was opened."""
    if challenge.password_digest != rules.digest_of_password(password_hash):
        raise ChallengeOver


async def begin_login_passkey(
    database: Database, context: FactorContext, token: str
) -> PasskeyRequestOptions:
    """Return what a passkey has to sign to complete a login.

    Raises ChallengeOver and PasskeyNotFound.
    """
    challenge = await find_challenge(database, token)
    try:
        async with database.transaction() as tx:
            tx.actor = challenge.user_id
            expected = _expected_at_login(token, challenge)
            return await passkeys.begin_proof(tx, context.passkeys, expected, challenge.user_id)
    except ConstraintViolation as error:
        # The login was completed meanwhile.
        raise ChallengeOver from error


async def try_challenge(
    tx: Tx, context: FactorContext, token: str, challenge: StoredChallenge, given: FactorProof
) -> FactorOutcome:
    """Count a try of a challenge; a factor that is accepted ends it.

    The caller commits in any case. Concurrent tries come one after the other. Raises
    ChallengeOver.
    """
    token_hash = rules.hash_of(token)
    if not await queries.update_challenge_tried(tx, token_hash, rules.MAX_TRIES):
        raise ChallengeOver
    expected = _expected_at_login(token, challenge)
    outcome = await use_factor(tx, context, challenge.user_id, given, expected)
    if outcome is FactorOutcome.ACCEPTED:
        await queries.delete_challenge(tx, token_hash)
    return outcome


def _methods(owned: Owned) -> FactorMethods:
    return FactorMethods(
        code=owned.totp, recovery_code=owned.recovery_codes > 0, passkey=owned.passkeys > 0
    )


def _expected_at_login(token: str, challenge: StoredChallenge) -> ExpectedChallenge:
    return ExpectedChallenge(PasskeyPurpose.SECOND_FACTOR, challenge.user_id, rules.hash_of(token))
