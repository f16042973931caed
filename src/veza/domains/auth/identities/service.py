"""An identity is found by issuer and subject alone; the last way to sign in stays."""

import secrets
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct, structs

from veza.core.access import Member, session_of
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import IdentityId, SessionId, UserId, new_id
from veza.core.normalize import normalize_identifier
from veza.core.provider_claims import ProviderClaims
from veza.domains.auth.identities import queries, rules
from veza.domains.auth.identities.errors import (
    AttemptOver,
    IdentityNotFound,
    IdentityTaken,
    LastWayIn,
    NoAccount,
    ProviderNotFound,
    SignInDenied,
)
from veza.domains.auth.identities.models import (
    AttemptStart,
    BegunAttempt,
    IdentityList,
    LinkedIdentity,
    NewAttempt,
    OpenAttempt,
    ProvedIdentity,
    ProviderAnswer,
    ProviderRules,
    ProviderSummary,
    SignInWays,
    StoredIdentity,
    WaysIn,
)
from veza.domains.auth.sessions import service as sessions
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.infra.jobs.outbox import emit
from veza.infra.openid.provider import AttemptSecrets, IdentityProvider, ProviderCode
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.security.secrets import DerivedKeys


class ConnectedProvider(Struct, frozen=True):
    """A provider of the settings, and the client that calls it."""

    rules: ProviderRules
    client: IdentityProvider


class IdentityProviders(Struct, frozen=True):
    """The providers of the settings by id, and the keys of attempts.

    Pages are below `front_end`: empty if this server has them. Accounts are created only while
    `is_sign_up_open`.
    """

    connected: Mapping[str, ConnectedProvider]
    keys: DerivedKeys
    is_sign_up_open: Callable[[Conn], Awaitable[bool]]
    front_end: str = ""
    passwords_open: bool = True

    def find(self, provider_id: str) -> ConnectedProvider:
        """Return a provider. Raises ProviderNotFound."""
        return required(self.connected.get(provider_id), ProviderNotFound)

    def find_rules(self, issuer: str) -> ProviderRules | None:
        """Return the rules of the provider that is an issuer."""
        known = (each.rules for each in self.connected.values())
        return next((each for each in known if each.issuer == issuer), None)


def list_ways(providers: IdentityProviders) -> SignInWays:
    """Return the ways to sign in, as everybody sees them."""
    shown = [
        ProviderSummary(each.id, each.name, each.icon, each.creates_accounts)
        for each in (connected.rules for connected in providers.connected.values())
    ]
    return SignInWays(providers.passwords_open, shown)


async def begin(
    database: Database, providers: IdentityProviders, provider_id: str, start: AttemptStart
) -> BegunAttempt:
    """Begin to sign in, or to link an identity.

    Stored is only a hash of the token that the browser keeps; a network has fifty attempts at most.
    Raises ProviderNotFound and IdentityProviderAway.
    """
    client = providers.find(provider_id).client
    token = secrets.token_urlsafe(32)
    url = await client.find_sign_in_url(
        rules.callback_url(start.base_url, provider_id), _secrets_of(providers, token)
    )
    attempt = NewAttempt(
        token_hash=rules.hash_of(token),
        provider=provider_id,
        network=start.network,
        session_id=start.session_id,
        next_path=start.next_path,
    )
    async with database.transaction() as tx:
        await queries.insert_attempt(tx, attempt, rules.ATTEMPT_LIFETIME)
        await queries.delete_surplus_attempts(tx, start.network, rules.MAX_ATTEMPTS)
    return BegunAttempt(url, token)


async def take_attempt(
    database: Database, providers: IdentityProviders, answer: ProviderAnswer
) -> OpenAttempt:
    """Return the attempt that a browser comes back with, once. Raises AttemptOver.

    The state must belong to the cookie, so that nobody is signed in to the account of another.
    """
    token = answer.token or ""
    if not token or not rules.is_same(answer.state, _secrets_of(providers, token).state):
        raise AttemptOver
    async with database.transaction(recorded=False) as tx:
        found = await queries.delete_attempt(tx, rules.hash_of(token), answer.provider_id)
    return required(found, AttemptOver)


async def prove(providers: IdentityProviders, answer: ProviderAnswer) -> ProvedIdentity:
    """Return who signed in at the provider, by the code of an attempt that was taken.

    Raises SignInDenied, IdentityNotProved and IdentityProviderAway.
    """
    if answer.error is not None or answer.code is None or answer.token is None:
        raise SignInDenied
    provider = providers.find(answer.provider_id)
    redirect_url = rules.callback_url(answer.base_url, answer.provider_id)
    claims = await provider.client.prove(
        ProviderCode(answer.code, redirect_url, answer.issuer),
        _secrets_of(providers, answer.token),
    )
    return ProvedIdentity(provider.rules, claims)


async def find_sign_out_url(
    providers: IdentityProviders, provider_id: str, return_url: str
) -> str | None:
    """Return where the browser goes to sign out at a provider; None if that has no such page."""
    return await providers.find(provider_id).client.find_sign_out_url(return_url)


async def find_user_id(conn: Conn, claims: ProviderClaims) -> UserId | None:
    """Return the member whom an identity belongs to: by issuer and subject alone."""
    return await queries.find_user_id(conn, claims.issuer, claims.subject)


async def note_use(tx: Tx, claims: ProviderClaims) -> None:
    """Store that an identity was used, and who it is there now.

    Raises NoAccount if it was unlinked meanwhile.
    """
    label = rules.label_of(claims)
    if not await queries.update_identity_used(tx, claims.issuer, claims.subject, label):
        raise NoAccount


async def list_free_usernames(conn: Conn, claims: ProviderClaims) -> list[str]:
    """Return usernames by the claims that nobody has, the most fitting first, the last random."""
    names = list(rules.list_usernames(claims, secrets.token_hex(6)))
    taken = await queries.find_taken_names(conn, [normalize_identifier(name) for name in names])
    return [name for name in names[:-1] if normalize_identifier(name) not in taken] + names[-1:]


async def add_first_identity(tx: Tx, claims: ProviderClaims, user_id: UserId) -> None:
    """Store the identity by which an account was just created. Raises IdentityTaken."""
    await _insert(tx, claims, user_id, created_account=True)


async def link(database: Database, claims: ProviderClaims, session_id: SessionId) -> None:
    """Link an identity to the member of a session, and notify them.

    Linking it again changes nothing. Raises IdentityTaken, and AttemptOver if the session has ended
    since the attempt began.
    """
    async with database.transaction() as tx:
        user_id = required(await queries.lock_session_owner(tx, session_id), AttemptOver)
        tx.actor = user_id
        if await find_user_id(tx, claims) == user_id:
            await note_use(tx, claims)
            return
        await _insert(tx, claims, user_id, created_account=False)
        await emit(tx, SecurityNoticed(user_id, NoticeKind.KEY_CREATED))


async def list_identities(
    conn: Conn, providers: IdentityProviders, user_id: UserId
) -> IdentityList:
    """Return the identities of a member, also those at providers of earlier settings."""
    ways = await _find_ways_in(conn, providers, user_id)
    found = await queries.list_identities(conn, user_id)
    return IdentityList([_show(providers, ways, each) for each in found])


async def unlink(
    tx: Tx, providers: IdentityProviders, member: Member, identity_id: IdentityId
) -> None:
    """Unlink an identity, and end all other sessions. Raises IdentityNotFound and LastWayIn."""
    if not await queries.lock_owner(tx, member.id):
        raise InvalidToken
    if not await queries.delete_identity(tx, identity_id, member.id):
        raise IdentityNotFound
    await ensure_way_in(tx, providers, member.id)
    await sessions.end_sessions(tx, member.id, except_for=session_of(member))


async def ensure_way_in(tx: Tx, providers: IdentityProviders, user_id: UserId) -> None:
    """Raise LastWayIn if a member can't sign in any more; the caller has locked them.

    It is asked after a way in was removed, which the error takes back with the transaction.
    """
    ways = await _find_ways_in(tx, providers, user_id)
    if not rules.can_sign_in(ways, passwords_open=providers.passwords_open):
        raise LastWayIn


async def unlink_all(tx: Tx, user_id: UserId, *, keeps_first: bool) -> None:
    """Unlink the identities of a member whom somebody may have taken the account from.

    `keeps_first` keeps that by which the account was created.
    """
    await queries.delete_identities(tx, user_id, keeps_first=keeps_first)


async def _insert(
    tx: Tx, claims: ProviderClaims, user_id: UserId, *, created_account: bool
) -> None:
    moment = now()
    identity = StoredIdentity(
        id=IdentityId(new_id()),
        user_id=user_id,
        issuer=claims.issuer,
        subject=claims.subject,
        label=rules.label_of(claims),
        created_account=created_account,
        created_at=moment,
        last_used_at=moment,
    )
    try:
        await queries.insert_identity(tx, identity)
    except ConstraintViolation as violation:
        raise IdentityTaken from violation


async def _find_ways_in(conn: Conn, providers: IdentityProviders, user_id: UserId) -> WaysIn:
    issuers = sorted({each.rules.issuer for each in providers.connected.values()})
    return required(await queries.find_ways_in(conn, user_id, issuers), InvalidToken)


def _show(providers: IdentityProviders, ways: WaysIn, identity: StoredIdentity) -> LinkedIdentity:
    """Return an identity as its member sees it: whether there is another way in, too."""
    provider = providers.find_rules(identity.issuer)
    left = ways.identities - (provider is not None)
    others = structs.replace(ways, identities=left)
    is_free = rules.can_sign_in(others, passwords_open=providers.passwords_open)
    return rules.show_identity(identity, provider, is_free=is_free)


def _secrets_of(providers: IdentityProviders, token: str) -> AttemptSecrets:
    derived = rules.derive_secrets(providers.keys.sign, token)
    return AttemptSecrets(derived.state, derived.nonce, derived.verifier)
