"""Create the dependencies of logins: tokens, limits of failures, who must have a second factor."""

import os
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import SplitResult, urlsplit

from veza.app.paths import PREFIX, SERVED_AT
from veza.app.settings.setting_types import CreatorSignup, FactorGroup
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.core.signed_urls import UrlSigner
from veza.domains.auth.accounts.rules import FAILED_LOGIN_WINDOW_S, MAX_FAILED_LOGINS
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.accounts.shared_queries import find_email_verified
from veza.domains.auth.factors.service.overview import FactorContext
from veza.domains.auth.passkeys.service import PasskeyContext
from veza.domains.auth.sessions.events import SESSION_ENDED
from veza.domains.auth.sessions.rules import ACCESS_LIFETIME
from veza.domains.auth.sessions.service import EndedSessions, SessionTokens
from veza.domains.auth.sign_up.service.registration import SignUpContext
from veza.domains.marketplace.guests.service import claim_orders
from veza.domains.marketplace.sellers.shared_queries import handles_payouts
from veza.domains.moderation.appeals.service import offer_appeal
from veza.infra.postgres.database import Conn, Database
from veza.infra.postgres.revisions import Revisions
from veza.infra.security.device_tokens import DeviceTokens
from veza.infra.security.encryption import Encryptor
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.passkeys import RelyingParty
from veza.infra.security.passwords import Passwords
from veza.infra.security.proofs_of_work import ProofsOfWork
from veza.infra.security.secrets import DerivedKeys
from veza.infra.security.tokens import TokenSigner
from veza.infra.valkey.client import ValkeyClient, WindowCounters
from veza.infra.valkey.hourly_limits import HourlyLimits, NewMemberLimits

_GROUPS = {
    Role.ADMIN: {FactorGroup.ADMINS, FactorGroup.MEMBERS},
    Role.MODERATOR: {FactorGroup.MODERATORS, FactorGroup.MEMBERS},
    Role.CREATOR: {FactorGroup.MEMBERS},
    Role.USER: {FactorGroup.MEMBERS},
}


def create_session_tokens(secret: str, revisions: Revisions, keys: DerivedKeys) -> SessionTokens:
    """Return the keys of tokens, and the sessions that end from now on."""
    tokens = TokenSigner(secret.encode(), audience="veza:access", lifetime=ACCESS_LIFETIME)
    session_tokens = SessionTokens(tokens, EndedSessions(), keys.derive("refresh"))
    revisions.listen(SESSION_ENDED, session_tokens.ended.add)
    return session_tokens


def create_login_context(
    settings: Settings,
    session_tokens: SessionTokens,
    client: ValkeyClient,
    keys: DerivedKeys,
    encryptor: Encryptor,
) -> LoginContext:
    """Return what logins need; the encryptor is for the secrets of authenticator apps."""
    site = urlsplit(find_front_end(settings)).netloc
    return LoginContext(
        session_tokens=session_tokens,
        passwords=Passwords(threads=_count_hash_threads(settings)),
        attempts=LoginThrottle(
            client,
            max_failures=MAX_FAILED_LOGINS,
            window_s=FAILED_LOGIN_WINDOW_S,
        ),
        device_tokens=DeviceTokens(keys),
        members_may_invite=settings.member_invitations > 0,
        creators_need_approval=settings.creator_signup is CreatorSignup.APPROVAL,
        factors=FactorContext(
            encryptor,
            PasskeyContext(create_relying_party(settings), WindowCounters(client)),
            site,
            find_policy(settings),
        ),
        passwords_open=settings.password_sign_in,
        offer_appeal=partial(offer_appeal, UrlSigner(keys.derive("url"), PREFIX)),
        claim_orders=claim_orders,
    )


def create_sign_up_context(
    settings: Settings, login: LoginContext, counters: WindowCounters, keys: DerivedKeys
) -> SignUpContext:
    """Return what sign-ups need."""
    return SignUpContext(
        login=login,
        counters=counters,
        proofs=ProofsOfWork(keys),
        first_mode=settings.sign_up_mode,
        most_unproved=settings.sign_ups_without_proof,
        member_invitations=settings.member_invitations,
    )


def create_hourly_limits(
    settings: Settings, counters: WindowCounters, database: Database
) -> HourlyLimits:
    """Return the limits of activities, and to verified members if the settings say so."""

    async def is_verified(user_id: UserId) -> bool:
        async with database.read() as conn:
            return await find_email_verified(conn, user_id)

    return HourlyLimits(
        counters,
        settings.hourly_limits,
        is_verified if settings.verified_email_to_publish else None,
        find_new_member_limits(settings),
    )


def find_new_member_limits(settings: Settings) -> NewMemberLimits | None:
    """Return the limits of new members, if there are any.

    Where anybody becomes a creator by a request of their own, that role proves nothing.
    """
    if not (settings.hourly_limits and settings.new_member_days):
        return None
    approved = settings.creator_signup is CreatorSignup.APPROVAL
    roles = {Role.USER} if approved else {Role.USER, Role.CREATOR}
    age = settings.new_member_age
    limits = settings.new_member_limits
    return NewMemberLimits(age, frozenset(roles), limits)


def find_front_end(settings: Settings) -> str:
    """Return the address of the web application, or of another front-end."""
    return (settings.app_url or find_own_url(settings)).rstrip("/")


def find_own_url(settings: Settings) -> str:
    """Return the address of this server, as far as it is known without a request."""
    found = settings.public_url or os.environ.get(SERVED_AT, "http://localhost:8080")
    return found.rstrip("/")


def create_relying_party(settings: Settings) -> RelyingParty:
    """Return the domain of passkeys, and which pages may use them: front-end and server.

    Raises CannotStart if the front-end is not in the domain.
    """
    front_end = urlsplit(find_front_end(settings))
    pages = {front_end, urlsplit(settings.public_url or "")}
    domain = settings.passkey_domain or front_end.hostname or ""
    inside = {page for page in pages if _is_within(page.hostname or "", domain)}
    if front_end not in inside:
        raise CannotStart(
            f"VEZA_PASSKEY_DOMAIN is {domain}, but the front-end is at {front_end.hostname}: "
            "name its host or a parent of it."
        )
    origins = frozenset(_origin_of(page) for page in inside)
    return RelyingParty(domain, front_end.netloc.rpartition("@")[2], origins)


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _origin_of(page: SplitResult) -> str:
    """Return an origin as browsers write it: in lower case, without the port of its scheme."""
    netloc = page.netloc.rpartition("@")[2].lower()
    default = ":443" if page.scheme == "https" else ":80"
    return f"{page.scheme}://{netloc.removesuffix(default)}"


def find_policy(settings: Settings) -> Callable[[Conn, UserId, Role], Awaitable[bool]]:
    """Return the function that decides who must have a second factor, by the settings."""
    return partial(_is_factor_required, settings.factor_groups)


async def _is_factor_required(
    groups: frozenset[FactorGroup], conn: Conn, user_id: UserId, role: Role
) -> bool:
    """Return whether a member must have a second factor.

    By role, or as a seller for real money: of their own, or of a page whose money they handle.
    """
    if not groups.isdisjoint(_GROUPS[role]):
        return True
    if FactorGroup.SELLERS not in groups:
        return False
    return await handles_payouts(conn, user_id, MoneyMode.LIVE, sells=role is Role.CREATOR)


def _count_hash_threads(settings: Settings) -> int:
    """Return the share of a process: with one thread per core in all, others' requests go on."""
    cores = os.cpu_count() or 1
    return max(1, cores // (settings.workers or cores))
