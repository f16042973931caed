"""Use cases of second factors: set up, use, remove, and decide what a session must prove."""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgspec import Struct

from veza.core.access import Member, Role, session_of
from veza.core.errors import required
from veza.core.ids import PasskeyId, UserId
from veza.core.step_up import StepUp, StepUpNeeded
from veza.domains.auth.factors import queries, rules
from veza.domains.auth.factors.errors import (
    ChallengeOver,
    FactorNotFound,
    NoFactorRecovery,
    NoFactors,
    NoTotpBegun,
    TotpExists,
    WrongFactor,
)
from veza.domains.auth.factors.models import (
    FactorMethods,
    FactorOutcome,
    FactorOverview,
    FactorProof,
    LoginChallenge,
    Owned,
    RecoveryCodes,
    StoredChallenge,
    StoredTotp,
    TotpForm,
    TotpSetup,
)
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys.models import (
    CheckedPasskey,
    ExpectedChallenge,
    PasskeyCreationOptions,
    PasskeyForm,
    PasskeyPurpose,
    PasskeyRequestOptions,
    PasskeyUse,
)
from veza.domains.auth.passkeys.service import PasskeyContext
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.security import totp
from veza.infra.security.encryption import DecryptionFailed, Encrypted, Encryptor

# For other domains.
STEP_UP_LIFETIME = rules.STEP_UP_LIFETIME
ensure_one_proof = rules.ensure_one_proof
tries_key = rules.tries_key
insert_recovery = queries.insert_recovery
find_recovery = queries.find_recovery
list_due_recoveries = queries.list_due_recoveries
delete_recovery = queries.delete_recovery


class FactorContext(Struct, frozen=True):
    """The encryption of secrets, the name of this server in apps, and who must have a factor."""

    encryptor: Encryptor
    passkeys: PasskeyContext
    site: str
    is_required: Callable[[Conn, UserId, Role], Awaitable[bool]]


async def may_only_enrol(conn: Conn, context: FactorContext, user_id: UserId, role: Role) -> bool:
    """Return whether a session of this member may set up a second factor and nothing else."""
    if not await context.is_required(conn, user_id, role):
        return False
    owned = await queries.find_owned(conn, user_id)
    return rules.may_only_enrol(is_required=True, has_factors=owned.has_factors)


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


async def begin_step_up(tx: Tx, context: FactorContext, user_id: UserId) -> PasskeyRequestOptions:
    """Return what a passkey has to sign to prove whose a session is. Raises PasskeyNotFound."""
    expected = ExpectedChallenge(PasskeyPurpose.STEP_UP, user_id)
    return await passkeys.begin_proof(tx, context.passkeys, expected, user_id)


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
        await _use_code(tx, context, user_id, given.code or "")
        if given.recovery_code is None
        else await _use_recovery_code(tx, user_id, given.recovery_code)
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


async def is_step_up_due(database: Database, member: Member, needed: StepUp) -> bool:
    """Return whether a session has to prove again whose it is, before a change."""
    async with database.read() as conn:
        standing = await queries.find_standing(conn, session_of(member), member.id)
    return rules.is_step_up_due(required(standing, InvalidToken), needed)


async def ensure_stepped_up(database: Database, member: Member, needed: StepUp) -> None:
    """Raise StepUpNeeded if a session has to prove again whose it is, before a change."""
    if await is_step_up_due(database, member, needed):
        raise StepUpNeeded


async def has_factors(conn: Conn, user_id: UserId) -> bool:
    """Return whether a member has a second factor."""
    return (await queries.find_owned(conn, user_id)).has_factors


async def list_factors(conn: Conn, member: Member) -> FactorOverview:
    """Return the second factors of a member."""
    owned = await queries.find_owned(conn, member.id)
    recovery = await queries.find_recovery(conn, member.id)
    return FactorOverview(
        totp=await queries.find_totp(conn, member.id),
        passkeys=await passkeys.list_passkeys(conn, member.id),
        recovery_codes_left=owned.recovery_codes,
        recovery_due_at=recovery and recovery.due_at,
        must_enrol=member.may_only_enrol,
    )


async def begin_totp(tx: Tx, context: FactorContext, user_id: UserId) -> TotpSetup:
    """Create the secret of an authenticator app, which is no factor until its first code.

    It replaces one that waits. Raises TotpExists.
    """
    username = await _lock(tx, user_id)
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
    await _lock(tx, member.id)
    stored = required(await queries.find_sealed_totp(tx, member.id), NoTotpBegun)
    if stored.is_confirmed:
        raise NoTotpBegun
    step = required(_find_step(context, stored, form.code), WrongFactor)
    before = await queries.find_owned(tx, member.id)
    await queries.update_totp_confirmed(tx, member.id, step)
    return await _complete_addition(tx, member, before)


async def remove_totp(tx: Tx, member: Member) -> None:
    """Remove the authenticator app, and end all other sessions. Raises FactorNotFound."""
    await _lock(tx, member.id)
    if not await queries.delete_totp(tx, member.id):
        raise FactorNotFound
    await _complete_removal(tx, member)


async def begin_passkey(tx: Tx, context: FactorContext, user_id: UserId) -> PasskeyCreationOptions:
    """Return options for a new passkey. Raises TooManyPasskeys."""
    username = await _lock(tx, user_id)
    return await passkeys.begin_registration(tx, context.passkeys, user_id, username)


async def create_passkey(
    tx: Tx, context: FactorContext, member: Member, form: PasskeyForm
) -> RecoveryCodes:
    """Make a passkey a factor.

    Raises PasskeyUnreadable, PasskeyChallengeOver, PasskeyExists and TooManyPasskeys.
    """
    await _lock(tx, member.id)
    before = await queries.find_owned(tx, member.id)
    await passkeys.register(tx, context.passkeys, member.id, form)
    return await _complete_addition(tx, member, before)


async def remove_passkey(tx: Tx, member: Member, passkey_id: PasskeyId) -> None:
    """Remove a passkey, and end all other sessions. Raises PasskeyNotFound."""
    await _lock(tx, member.id)
    await passkeys.remove(tx, member.id, passkey_id)
    await _complete_removal(tx, member)


async def replace_recovery_codes(tx: Tx, member: Member) -> RecoveryCodes:
    """Create ten recovery codes, which replace all earlier ones. Raises NoFactors."""
    await _lock(tx, member.id)
    if not (await queries.find_owned(tx, member.id)).has_factors:
        raise NoFactors
    return await _create_recovery_codes(tx, member.id)


async def cancel_recovery(tx: Tx, user_id: UserId) -> None:
    """Keep the factors of a member that wait to be removed. Raises NoFactorRecovery."""
    if not await queries.delete_recovery(tx, user_id):
        raise NoFactorRecovery


async def complete_recovery(tx: Tx, user_id: UserId) -> bool:
    """Remove all factors of a member if that is due; return whether it was."""
    if await queries.lock_owner(tx, user_id) is None:
        return False
    if not await queries.delete_due_recovery(tx, user_id):
        return False
    await queries.delete_totp(tx, user_id)
    await passkeys.delete_passkeys(tx, user_id)
    await queries.delete_recovery_codes(tx, user_id)
    await queries.delete_challenges(tx, user_id)
    await emit(tx, SecurityNoticed(user_id, NoticeKind.FACTOR_REMOVED))
    return True


async def reseal_batch(tx: Tx, encryptor: Encryptor, after: UserId) -> list[StoredTotp]:
    """Encrypt up to 100 secrets with the newest encryption key; return those that were read.

    Those that can't be decrypted stay as they are.
    """
    found = await queries.lock_outdated_totp(tx, encryptor.number, after)
    for stored in found:
        secret = _open(encryptor, stored)
        if secret is not None:
            sealed = encryptor.encrypt(secret, rules.seal_context(stored.user_id))
            await queries.update_totp_seal(tx, stored.user_id, sealed.content, sealed.number)
    return found


async def _complete_addition(tx: Tx, member: Member, before: Owned) -> RecoveryCodes:
    """Complete the addition of a factor, which the session has just proved.

    With the first factor all other sessions end: they were opened without it.
    """
    current = session_of(member)
    await emit(tx, SecurityNoticed(member.id, NoticeKind.FACTOR_ADDED))
    await sessions.prove_by_factor(tx, current)
    if not before.has_factors:
        await sessions.end_sessions(tx, member.id, except_for=current)
    if before.recovery_codes:
        return RecoveryCodes([])
    return await _create_recovery_codes(tx, member.id)


async def _complete_removal(tx: Tx, member: Member) -> None:
    """End all other sessions; without any factor recovery codes are deleted, too."""
    await emit(tx, SecurityNoticed(member.id, NoticeKind.FACTOR_REMOVED))
    await sessions.end_sessions(tx, member.id, except_for=session_of(member))
    if not (await queries.find_owned(tx, member.id)).has_factors:
        await queries.delete_recovery_codes(tx, member.id)
        await queries.delete_challenges(tx, member.id)
        await queries.delete_recovery(tx, member.id)


async def _accept(tx: Tx, user_id: UserId) -> FactorOutcome:
    """Return that a factor is right: its member has not lost it."""
    await queries.delete_recovery(tx, user_id)
    return FactorOutcome.ACCEPTED


async def _create_recovery_codes(tx: Tx, user_id: UserId) -> RecoveryCodes:
    codes = rules.generate_recovery_codes()
    await queries.delete_recovery_codes(tx, user_id)
    hashes = [rules.hash_of_recovery_code(code) for code in codes]
    await queries.insert_recovery_codes(tx, user_id, hashes)
    return RecoveryCodes(codes)


async def _lock(tx: Tx, user_id: UserId) -> str:
    """Lock a member while their factors change; return their name. Raises InvalidToken."""
    return required(await queries.lock_owner(tx, user_id), InvalidToken)


def _methods(owned: Owned) -> FactorMethods:
    return FactorMethods(
        code=owned.totp, recovery_code=owned.recovery_codes > 0, passkey=owned.passkeys > 0
    )


def _expected_at_login(token: str, challenge: StoredChallenge) -> ExpectedChallenge:
    return ExpectedChallenge(PasskeyPurpose.SECOND_FACTOR, challenge.user_id, rules.hash_of(token))


async def _use_code(tx: Tx, context: FactorContext, user_id: UserId, code: str) -> bool:
    stored = await queries.find_sealed_totp(tx, user_id)
    if stored is None or not stored.is_confirmed:
        return False
    step = _find_step(context, stored, code)
    return step is not None and await queries.update_totp_used(tx, user_id, step)


async def _use_recovery_code(tx: Tx, user_id: UserId, code: str) -> bool:
    code_hash = rules.hash_of_recovery_code(code)
    return await queries.update_recovery_code_used(tx, user_id, code_hash)


def _find_step(context: FactorContext, stored: StoredTotp, code: str) -> int | None:
    secret = _open(context.encryptor, stored)
    return None if secret is None else totp.find_step(secret, code)


def _open(encryptor: Encryptor, stored: StoredTotp) -> str | None:
    """Return the secret of an authenticator app; None if its encryption key is lost."""
    with suppress(DecryptionFailed):
        encrypted = Encrypted(stored.sealed, stored.sealed_with)
        return encryptor.decrypt(encrypted, rules.seal_context(stored.user_id))
    return None
