"""Sign in with a password and a second factor or a passkey, refresh tokens, and prove again.

A login counts as failed, for its network and for its account or device, once a password comparison
has failed: not if the database is down or the client has disconnected.
"""

from veza.core.access import Member, Role, session_of
from veza.core.clock import now
from veza.core.errors import VezaError, required
from veza.core.ids import SessionId, UserId
from veza.domains.auth.accounts import queries, rules
from veza.domains.auth.accounts.errors import (
    AccountSuspended,
    ApprovalNeeded,
    AwaitingApproval,
    InvalidCredentials,
    SignUpRefused,
    TooManyLogins,
    WrongPassword,
)
from veza.domains.auth.accounts.models import (
    Approval,
    CreatorTokens,
    LoginForm,
    LoginResult,
    StoredUser,
)
from veza.domains.auth.accounts.service.account_passwords import (
    ensure_password,
    ensure_passwords_open,
)
from veza.domains.auth.accounts.service.login_context import (
    LoginContext,
    describe_bearer,
    open_session,
)
from veza.domains.auth.accounts.service.member_accounts import get_user, lock_account
from veza.domains.auth.factors import rules as factor_rules
from veza.domains.auth.factors.errors import (
    ChallengeOver,
    FactorRefused,
    TooManyFactorTries,
    WrongFactor,
)
from veza.domains.auth.factors.models import (
    FactorLogin,
    FactorOutcome,
    LoginChallenge,
    SteppedUp,
    StepUpForm,
)
from veza.domains.auth.factors.rules import STEP_UP_LIFETIME
from veza.domains.auth.factors.service import challenges, overview, proofs
from veza.domains.auth.passkeys import service as passkeys
from veza.domains.auth.passkeys.errors import PasskeyCopied, PasskeyRefused
from veza.domains.auth.passkeys.models import (
    ExpectedChallenge,
    PasskeyAnswer,
    PasskeyLogin,
    PasskeyPurpose,
)
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions import shared_queries as session_queries
from veza.domains.auth.sessions.errors import InvalidRefreshToken
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import Device, NoticeKind, Proof, SessionUser, TokenPair
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Database, Tx


async def login(
    database: Database,
    context: LoginContext,
    device: Device,
    given: LoginForm,
    *,
    device_token: str | None = None,
) -> LoginResult | LoginChallenge:
    """Sign in, or open a challenge for members who have second factors.

    Takes as long for an unknown address as for a wrong password. Returns whether and why an account
    is suspended only for the right password. Raises PasswordSignInOff.
    """
    ensure_passwords_open(context)
    user = await _find_user(database, context, device, given, device_token=device_token)
    if user is None:
        raise InvalidCredentials
    async with database.transaction() as tx:
        await lock_active_account(tx, context, user, InvalidCredentials)
        challenge = await challenges.open_challenge(tx, user.id, user.password_hash)
        if challenge is not None:
            return challenge
        await notice_new_device(tx, context, device, user, device_token)
        return await open_session(tx, context, device, user)


async def complete_login(
    database: Database,
    context: LoginContext,
    device: Device,
    given: FactorLogin,
    *,
    device_token: str | None = None,
) -> LoginResult:
    """Sign in with the challenge of a right password and a second factor.

    Raises OneProofOnly, ChallengeOver, FactorRefused, TooManyFactorTries and AccountSuspended.
    """
    factor_rules.ensure_one_proof(given)
    challenge = await challenges.find_challenge(database, given.challenge)
    async with context.attempts.attempt(
        factor_rules.tries_key(challenge.user_id), TooManyFactorTries
    ) as attempt:
        async with database.transaction() as tx:
            tx.actor = challenge.user_id
            user = required(await queries.find_user(tx, challenge.user_id), ChallengeOver)
            challenges.ensure_same_password(challenge, user.password_hash)
            await lock_active_account(tx, context, user, ChallengeOver)
            outcome = await challenges.try_challenge(
                tx, context.factors, given.challenge, challenge, given
            )
            if outcome is FactorOutcome.ACCEPTED:
                attempt.clear()
                await notice_new_device(tx, context, device, user, device_token)
                return await open_session(tx, context, device, user, Proof.FACTOR)
            tx.refusal = _refusal_of(outcome, FactorRefused)
        attempt.fail()
    raise _refusal_of(outcome, FactorRefused)


async def sign_in_with_passkey(
    database: Database,
    context: LoginContext,
    device: Device,
    given: PasskeyLogin,
    *,
    device_token: str | None = None,
) -> LoginResult:
    """Sign in with a passkey alone: it is two factors, as its device verifies the member.

    Raises PasskeyRefused, PasskeyCopied, TooManyLogins and AccountSuspended.
    """
    async with context.attempts.attempt(rules.network_key(device.ip), TooManyLogins) as attempt:
        async with database.transaction() as tx:
            outcome = await _enter_with_passkey(tx, context, device, given.credential, device_token)
            if isinstance(outcome, LoginResult):
                return outcome
            tx.refusal = outcome
        attempt.fail()
    raise outcome


async def step_up(
    database: Database, context: LoginContext, member: Member, given: StepUpForm
) -> SteppedUp:
    """Prove again whose the session is: by a second factor, or by the password without any.

    Raises OneProofOnly, WrongFactor, WrongPassword, TooManyFactorTries and TooManyLogins.
    """
    factor_rules.ensure_one_proof(given)
    async with database.read() as conn:
        has_factors = await overview.has_factors(conn, member.id)
        user = await get_user(conn, member.id)
    if not has_factors and given.password is not None:
        if not user.has_password:
            raise WrongPassword("You have no password: sign in again to confirm that it is you.")
        await ensure_password(context, user, given.password)
        async with database.transaction() as tx:
            await session_queries.update_proved_by_password(tx, session_of(member))
        return SteppedUp(now() + STEP_UP_LIFETIME)
    if given.password is not None:
        raise WrongFactor("You have a second factor: send that instead of the password.")
    async with context.attempts.attempt(
        factor_rules.tries_key(member.id), TooManyFactorTries
    ) as attempt:
        async with database.transaction() as tx:
            expected = ExpectedChallenge(PasskeyPurpose.STEP_UP, member.id)
            outcome = await proofs.use_factor(tx, context.factors, member.id, given, expected)
            if outcome is FactorOutcome.ACCEPTED:
                attempt.clear()
                await session_queries.update_proved_by_factor(tx, session_of(member))
                return SteppedUp(now() + STEP_UP_LIFETIME)
            tx.refusal = _refusal_of(outcome, WrongFactor)
        attempt.fail()
    raise _refusal_of(outcome, WrongFactor)


async def refresh(
    database: Database, context: LoginContext, device: Device, token: str
) -> TokenPair:
    """Exchange a refresh token for new tokens, with the member's current role.

    Raises AccountSuspended, with the reason, if a suspension ended the session.
    """
    try:
        return await _rotate(database, context, device, token)
    except InvalidRefreshToken:
        async with database.read() as conn:
            await _ensure_not_suspended(conn, context, token)
        raise


async def _enter_with_passkey(
    tx: Tx,
    context: LoginContext,
    device: Device,
    answer: PasskeyAnswer,
    device_token: str | None,
) -> LoginResult | type[VezaError]:
    """Open a session for the owner of a passkey, or return why not. The caller commits."""
    expected = ExpectedChallenge(PasskeyPurpose.SIGN_IN)
    checked = await passkeys.check_answer(tx, context.factors.passkeys, answer, expected)
    user = checked and await queries.find_user(tx, checked.user_id)
    if checked is None or user is None:
        return PasskeyRefused
    tx.actor = user.id
    await lock_active_account(tx, context, user, PasskeyRefused)
    outcome = await proofs.use_passkey(tx, checked)
    if outcome is not FactorOutcome.ACCEPTED:
        return _refusal_of(outcome, PasskeyRefused)
    await notice_new_device(tx, context, device, user, device_token)
    return await open_session(tx, context, device, user, Proof.FACTOR)


def _refusal_of(outcome: FactorOutcome, otherwise: type[VezaError]) -> type[VezaError]:
    return PasskeyCopied if outcome is FactorOutcome.COPIED else otherwise


async def become_creator(
    database: Database, context: LoginContext, member: Member
) -> CreatorTokens:
    """Make a member a creator, and return tokens with that role for their session.

    Members with another role keep it. If creators need approval, the request is stored, and
    ApprovalNeeded raised.
    """
    async with database.transaction() as tx:
        await lock_account(tx, member.id)
        user = await get_user(tx, member.id)
        if user.role is not Role.USER:
            return await _renew(tx, context, member, user.role)
        if not context.creators_need_approval:
            await queries.update_role(tx, member.id, Role.CREATOR)
            return await _renew(tx, context, member, Role.CREATOR)
        await queries.update_creator_request(tx, member.id)
        tx.refusal = ApprovalNeeded
    raise ApprovalNeeded


async def lock_active_account(
    tx: Tx, context: LoginContext, user: StoredUser, gone: type[VezaError]
) -> None:
    """Lock an account until its session is stored.

    Raises `gone` if the password was changed meanwhile, AwaitingApproval, SignUpRefused and
    AccountSuspended.
    """
    standing = required(await queries.lock_account_status(tx, user.id, user.password_hash), gone)
    if standing.approval is Approval.WAITING:
        raise AwaitingApproval
    if standing.approval is Approval.DECLINED:
        raise SignUpRefused
    if standing.is_suspended:
        raise await _refuse_suspended(tx, context, user.id, standing.suspension_reason)


async def notice_new_device(
    tx: Tx, context: LoginContext, device: Device, user: StoredUser, device_token: str | None
) -> None:
    """Notify a member of a login from an unknown device, which has no device token either.

    The first login of an account is no news: its member has just been accepted, or was given it.
    """
    if device_token and context.device_tokens.find_device(
        device_token, str(user.id), user.password_hash
    ):
        return
    if await sessions.is_known_device(tx, user.id, device):
        return
    if not await sessions.is_first_session(tx, user.id):
        await emit(tx, SecurityNoticed(user.id, NoticeKind.NEW_DEVICE))


async def _rotate(
    database: Database, context: LoginContext, device: Device, token: str
) -> TokenPair:
    async with database.transaction() as tx:
        rotation = await sessions.rotate_refresh_token(tx, context.session_tokens, device, token)
        role = rotation and await queries.find_role(tx, rotation.user_id)
        if rotation is not None and role is not None:
            user = SessionUser(rotation.user_id, role)
            bearer = await _describe_bearer(tx, context, user, rotation.session_id)
            return await sessions.complete_rotation(tx, context.session_tokens, rotation, bearer)
        tx.refusal = InvalidRefreshToken
    raise InvalidRefreshToken


async def _describe_bearer(
    conn: Conn, context: LoginContext, user: SessionUser, session_id: SessionId
) -> SessionUser:
    """Return what the next tokens of a session say.

    A second factor at a provider, where it counts, spares its session the set-up of one here.
    """
    bearer = await describe_bearer(conn, context, user.id, user.role)
    if not bearer.may_only_enrol:
        return bearer
    return user if await session_queries.find_proof(conn, session_id) is Proof.PROVIDER else bearer


async def _renew(tx: Tx, context: LoginContext, member: Member, role: Role) -> CreatorTokens:
    session_id = session_of(member)
    bearer = await _describe_bearer(tx, context, SessionUser(member.id, role), session_id)
    pair = await sessions.replace_tokens(tx, context.session_tokens, session_id, bearer)
    return CreatorTokens(pair.access_token, pair.refresh_token, pair.expires_in, role)


async def _ensure_not_suspended(conn: Conn, context: LoginContext, token: str) -> None:
    session = await sessions.find_ended_session(conn, token)
    if session is None:
        return
    # Both times are that of one transaction.
    reason = await queries.find_suspension(conn, session.user_id, session.ended_at)
    if reason is not None:
        raise await _refuse_suspended(conn, context, session.user_id, reason)


async def _refuse_suspended(
    conn: Conn, context: LoginContext, user_id: UserId, reason: str | None
) -> AccountSuspended:
    """Return the refusal of a suspended member, with the page on which they may appeal."""
    link = await context.offer_appeal(conn, user_id) if context.offer_appeal else None
    return AccountSuspended(f"Your account is suspended: {reason}", link=link)


async def _find_user(
    database: Database,
    context: LoginContext,
    device: Device,
    given: LoginForm,
    *,
    device_token: str | None,
) -> StoredUser | None:
    """Return the account if the password is right. Raises TooManyLogins."""
    network = rules.network_key(device.ip)
    async with context.attempts.attempt(network, TooManyLogins) as from_network:
        async with database.read() as conn:
            user = await queries.find_user_by_email(conn, given.email)
        key = _choose_count(context, user, given.email, device_token)
        async with context.attempts.attempt(key, TooManyLogins) as attempt:
            stored = user and user.password_hash
            if await context.passwords.verify(stored, given.password):
                attempt.clear()
                return user
            attempt.fail()
            from_network.fail()
    return None


def _choose_count(
    context: LoginContext, user: StoredUser | None, email: str, device_token: str | None
) -> str:
    """Return the key that counts failures: of a known device, or else of the account.

    So an attacker elsewhere cannot lock out the devices of the owner.
    """
    if user is None:
        return rules.account_key(None, email)
    known = device_token and context.device_tokens.find_device(
        device_token, str(user.id), user.password_hash
    )
    return rules.device_key(known) if known else rules.account_key(user.id, email)
