"""Create an account: by the mode of the server, with a proof of work when sign-ups flood."""

from msgspec import Struct, structs

from veza.core.languages import Language
from veza.core.sign_up_mode import SignUpMode
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.accounts.models import LoginResult, StoredUser
from veza.domains.auth.accounts.service import account_passwords, login_context, new_accounts
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.accounts.service.protected_names import ensure_unlike_verified
from veza.domains.auth.mail_domains import service as mail_domains
from veza.domains.auth.sessions.models import Device
from veza.domains.auth.sign_up import queries, rules
from veza.domains.auth.sign_up.errors import InvitationRefused, QueueFull
from veza.domains.auth.sign_up.models import (
    SignUpForm,
    SignUpPolicy,
    SignUpState,
    WaitingAccount,
)
from veza.domains.auth.sign_up.service import proofs
from veza.domains.auth.sign_up.service.proofs import FloodGate
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.proofs_of_work import ProofsOfWork
from veza.infra.valkey.client import WindowCounters


class SignUpContext(Struct, frozen=True):
    """The dependencies of sign-ups: logins, counts and challenges of a flood, and settings.

    Without a choice of an admin the mode is `first_mode`. From `most_unproved` sign-ups in ten
    minutes on a proof is needed (0: never). `member_invitations` is how many invitations a member
    may create in thirty days.
    """

    login: LoginContext
    counters: WindowCounters
    proofs: ProofsOfWork
    first_mode: SignUpMode
    most_unproved: int
    member_invitations: int

    @property
    def gate(self) -> FloodGate:
        """Return what counts sign-ups."""
        return FloodGate(self.counters, self.proofs, rules.FLOOD_KEY, self.most_unproved)


async def sign_up(
    database: Database,
    context: SignUpContext,
    device: Device,
    form: SignUpForm,
    *,
    language: Language | None = None,
) -> LoginResult | WaitingAccount:
    """Create an account and sign it in, or let it wait for approval. Mails come in a language.

    Whatever refuses is checked before the password is hashed, the cheapest first. Raises the errors
    of `ensure_complete`, ProofRequired, MailDomainRefused, InvitationRefused, QueueFull, and those
    of the account: UsernameTaken, NameOfVerified, EmailTaken, WeakPassword and PasswordSignInOff.
    """
    account_passwords.ensure_passwords_open(context.login)
    new_accounts.ensure_valid(form)
    await proofs.ensure_proved(context.gate, form.proof)
    async with database.read() as conn:
        mode = await find_mode(conn, context)
        rules.ensure_complete(mode, form)
        await mail_domains.ensure_accepted(conn, form.email)
        await _ensure_admitted(conn, mode, form)
        await ensure_unlike_verified(conn, "username", form.username)
    user = structs.replace(await new_accounts.prepare_user(context.login, form), language=language)
    async with database.transaction() as tx:
        await new_accounts.insert_user(tx, user)
        if mode is SignUpMode.APPROVAL:
            return await _let_wait(tx, user, form)
        if mode is SignUpMode.INVITATION:
            await _use_invitation(tx, user, form)
        return await login_context.open_session(tx, context.login, device, user)


async def get_state(database: Database, context: SignUpContext) -> SignUpState:
    """Return the mode, what it asks for, and a challenge while one is needed."""
    async with database.read() as conn:
        mode = await find_mode(conn, context)
    is_open = mode is not SignUpMode.CLOSED
    return SignUpState(
        mode,
        message_required=mode is SignUpMode.APPROVAL,
        invitation_required=mode is SignUpMode.INVITATION,
        proof=await proofs.find_challenge(context.gate) if is_open else None,
    )


async def find_mode(conn: Conn, context: SignUpContext) -> SignUpMode:
    """Return the mode that an admin chose, or that of the settings."""
    policy = await queries.find_policy(conn)
    return context.first_mode if policy is None else policy.mode


async def get_policy(conn: Conn, context: SignUpContext) -> SignUpPolicy:
    """Return the mode for admins, and how many newcomers wait."""
    policy = await queries.find_policy(conn)
    mode, changed_at = (policy.mode, policy.changed_at) if policy else (context.first_mode, None)
    return SignUpPolicy(mode, changed_at, await queries.count_requests(conn))


async def set_mode(tx: Tx, mode: SignUpMode) -> SignUpPolicy:
    """Change the mode. Newcomers who wait go on waiting, whatever the mode."""
    policy = await queries.upsert_policy(tx, mode)
    return SignUpPolicy(policy.mode, policy.changed_at, await queries.count_requests(tx))


async def _ensure_admitted(conn: Conn, mode: SignUpMode, form: SignUpForm) -> None:
    """Raise InvitationRefused or QueueFull, before the work of hashing the password."""
    if mode is SignUpMode.INVITATION and not await queries.is_usable(conn, _code_of(form)):
        raise InvitationRefused
    if mode is SignUpMode.APPROVAL and await queries.count_requests(conn) >= rules.MAX_WAITING:
        raise QueueFull(retry_after=rules.QUEUE_RETRY_S)


async def _let_wait(tx: Tx, user: StoredUser, form: SignUpForm) -> WaitingAccount:
    tx.actor = user.id
    await account_queries.update_waiting(tx, user.id)
    message = (form.message or "").strip()
    if not await queries.insert_request(tx, user.id, message, most=rules.MAX_WAITING):
        raise QueueFull(retry_after=rules.QUEUE_RETRY_S)
    return WaitingAccount(user.id, user.username, awaiting_approval=True)


async def _use_invitation(tx: Tx, user: StoredUser, form: SignUpForm) -> None:
    used = await queries.use_invitation(tx, _code_of(form))
    if used is None:
        raise InvitationRefused
    await queries.insert_invited(tx, user.id, used.created_by)


def _code_of(form: SignUpForm) -> str:
    return (form.invitation or "").strip()
