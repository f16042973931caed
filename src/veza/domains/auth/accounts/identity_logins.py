"""Sign in with an identity at a provider: its member, or a new one where the provider may."""

import secrets

import structlog
from msgspec import structs

from veza.core.access import Role
from veza.core.errors import VezaError, required
from veza.core.ids import UserId, new_id
from veza.core.provider_claims import ProviderClaims
from veza.domains.auth.accounts import queries, rules
from veza.domains.auth.accounts.errors import EmailTaken, LastAdmin
from veza.domains.auth.accounts.logins import lock_active_account, notice_new_device
from veza.domains.auth.accounts.models import BrowserDevice, LoginResult, PageOutcome, StoredUser
from veza.domains.auth.accounts.service import (
    login_context,
    member_accounts,
    new_accounts,
    protected_names,
)
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.factors.models import LoginChallenge
from veza.domains.auth.factors.service import challenges
from veza.domains.auth.identities import rules as identity_rules
from veza.domains.auth.identities import service as identities
from veza.domains.auth.identities.errors import AddressInUse, NoAccount, NoAddress
from veza.domains.auth.identities.models import (
    OpenAttempt,
    ProvedIdentity,
    ProviderAnswer,
    ProviderRules,
)
from veza.domains.auth.identities.service import IdentityProviders
from veza.domains.auth.mail_domains import service as mail_domains
from veza.domains.auth.sessions.models import Proof
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()


async def complete(
    database: Database,
    context: LoginContext,
    providers: IdentityProviders,
    browser: BrowserDevice,
    answer: ProviderAnswer,
) -> PageOutcome:
    """Complete what a browser began: a sign-in, or linking an identity.

    Refusals are told to the page by their codes. Raises ProviderNotFound.
    """
    providers.find(answer.provider_id)
    attempt = None
    try:
        attempt = await identities.take_attempt(database, providers, answer)
        proved = await identities.prove(providers, answer)
        if attempt.session_id is not None:
            await identities.link(database, proved.claims, attempt.session_id)
            return PageOutcome(identity_rules.write_page(attempt, openid="linked"))
        outcome = await _sign_in(database, context, providers, browser, proved)
    except VezaError as refusal:
        told = {"link": refusal.link} if refusal.link else {}
        page = identity_rules.write_page(attempt, openid="error", code=refusal.code, **told)
        return PageOutcome(page)
    return _tell(attempt, outcome, proved.provider)


def _tell(
    attempt: OpenAttempt, outcome: LoginResult | LoginChallenge, provider: ProviderRules
) -> PageOutcome:
    sign_out = {"sign_out_at": provider.id} if provider.signs_out else {}
    if isinstance(outcome, LoginResult):
        expires_in = outcome.signed_in.expires_in
        page = identity_rules.write_page(attempt, openid="done", expires_in=expires_in, **sign_out)
        return PageOutcome(page, outcome)
    methods = [name for name, is_open in structs.asdict(outcome.methods).items() if is_open]
    page = identity_rules.write_page(
        attempt,
        openid="challenge",
        challenge=outcome.challenge,
        methods=",".join(methods),
        expires_in=outcome.expires_in,
        **sign_out,
    )
    return PageOutcome(page)


async def _sign_in(
    database: Database,
    context: LoginContext,
    providers: IdentityProviders,
    browser: BrowserDevice,
    proved: ProvedIdentity,
) -> LoginResult | LoginChallenge:
    """Sign in, or open a challenge for members whose second factor is still to come."""
    async with database.read() as conn:
        user_id = await identities.find_user_id(conn, proved.claims)
        if user_id is None:
            await _ensure_may_sign_up(conn, providers, proved)
    if user_id is None:
        return await _sign_up(database, context, browser, proved)
    async with database.transaction() as tx:
        tx.actor = user_id
        user = required(await queries.find_user(tx, user_id), NoAccount)
        user = await _apply_role(tx, proved, user)
        await lock_active_account(tx, context, user, NoAccount)
        await identities.note_use(tx, proved.claims)
        if not identity_rules.counts_as_factor(proved.provider, proved.claims):
            challenge = await challenges.open_challenge(tx, user.id, user.password_hash)
            if challenge is not None:
                return challenge
        await notice_new_device(tx, context, browser.device, user, browser.token)
        return await _open_session(tx, context, browser, user, proved)


async def _sign_up(
    database: Database, context: LoginContext, browser: BrowserDevice, proved: ProvedIdentity
) -> LoginResult:
    """Create the account of an identity that nobody has. Its password is known to nobody.

    The address counts as verified if the provider says so. Raises AddressInUse: an account is never
    found by an address.
    """
    hashed = await context.passwords.hash(secrets.token_urlsafe(32))
    async with database.transaction() as tx:
        user = await _insert(tx, context, proved.claims, hashed)
        user = await _apply_role(tx, proved, user)
        return await _open_session(tx, context, browser, user, proved)


async def _ensure_may_sign_up(
    conn: Conn, providers: IdentityProviders, proved: ProvedIdentity
) -> None:
    """Raise NoAccount, NoAddress or MailDomainRefused if no account may be created."""
    if not (proved.provider.creates_accounts and await providers.is_sign_up_open(conn)):
        raise NoAccount
    email = proved.claims.email or ""
    if rules.FIELD_CHECKS["email"](email):
        raise NoAddress
    await mail_domains.ensure_accepted(conn, email)


async def _insert(
    tx: Tx, context: LoginContext, claims: ProviderClaims, password_hash: str
) -> StoredUser:
    email = claims.email or ""
    if await queries.find_user_by_email(tx, email) is not None:
        raise AddressInUse
    names = await identities.list_free_usernames(tx, claims)
    # The last one is random.
    username = [*await protected_names.list_unprotected(tx, names[:-1]), names[-1]][0]
    user = StoredUser(
        UserId(new_id()), username, email, Role.USER, password_hash, has_password=False
    )
    try:
        await new_accounts.insert_user(tx, user)
    except EmailTaken as error:
        raise AddressInUse from error
    tx.actor = user.id
    await identities.add_first_identity(tx, claims, user.id)
    if claims.email_verified:
        await login_context.mark_verified(tx, context, user.id, email)
    return user


async def _apply_role(tx: Tx, proved: ProvedIdentity, user: StoredUser) -> StoredUser:
    """Give a member the role of their groups. The last admin stays one."""
    role = identity_rules.choose_role(proved.provider.roles, proved.claims, user.role)
    if role is user.role:
        return user
    try:
        await member_accounts.set_role(tx, user.id, role)
    except LastAdmin:
        log.warning("last_admin_kept", user_id=str(user.id), provider=proved.provider.id)
        return user
    return structs.replace(user, role=role)


async def _open_session(
    tx: Tx,
    context: LoginContext,
    browser: BrowserDevice,
    user: StoredUser,
    proved: ProvedIdentity,
) -> LoginResult:
    is_factor = identity_rules.counts_as_factor(proved.provider, proved.claims)
    proof = Proof.PROVIDER if is_factor else Proof.PASSWORD
    return await login_context.open_session(tx, context, browser.device, user, proof)
