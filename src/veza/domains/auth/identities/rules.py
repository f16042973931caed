"""An attempt's secrets derive from a cookie; groups decide roles, claims the username."""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import quote, urlencode

from msgspec import Struct

from veza.core.access import Role
from veza.core.listener_identity import Sign
from veza.core.provider_claims import ProviderClaims
from veza.domains.auth.identities.models import (
    LinkedIdentity,
    OpenAttempt,
    ProviderRules,
    StoredIdentity,
    WaysIn,
)

ATTEMPT_LIFETIME = timedelta(minutes=10)
# So many attempts of a network are kept, the newest.
MAX_ATTEMPTS = 50

SIGN_IN_PAGE = "/sign-in"
SECURITY_PAGE = "/settings/security"

_LOCAL_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]{0,499}")
_NOT_IN_USERNAME = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_USERNAME = 30
_MIN_USERNAME = 3
_RANKS = (Role.USER, Role.CREATOR, Role.MODERATOR, Role.ADMIN)


class DerivedSecrets(Struct, frozen=True):
    """The secrets of an attempt, all derived from the token in the browser's cookie."""

    state: str
    nonce: str
    verifier: str


def derive_secrets(sign: Sign, token: str) -> DerivedSecrets:
    """Return what one sign-in needs: nothing of it is stored.

    `sign` returns 128 bits as 22 letters, digits, hyphens and underscores. A verifier of PKCE needs
    43 characters.
    """
    return DerivedSecrets(
        state=sign("openid-state", token),
        nonce=sign("openid-nonce", token),
        verifier=sign("openid-verifier-1", token) + sign("openid-verifier-2", token),
    )


def is_same(given: str | None, expected: str) -> bool:
    """Return whether two texts are the same, in constant time."""
    return hmac.compare_digest((given or "").encode(), expected.encode())


def hash_of(token: str) -> bytes:
    """Return the stored form of a token of 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def local_path(text: str | None) -> str:
    """Return a path of this site, for where to go after signing in; `/` for anything else."""
    return text if text is not None and _LOCAL_PATH.fullmatch(text) else "/"


def callback_url(base_url: str, provider_id: str) -> str:
    """Return where a provider sends the browser back to. Operators register it there."""
    return f"{base_url}/api/v1/auth/openid/{quote(provider_id, safe='')}/callback"


def write_page(attempt: OpenAttempt | None, **told: object) -> str:
    """Return the page that an attempt ends at: the settings, or that for signing in.

    It is told the outcome in its fragment, which is sent to no server.
    """
    if attempt is not None and attempt.session_id is not None:
        return f"{SECURITY_PAGE}#{urlencode(told)}"
    next_path = "/" if attempt is None else attempt.next_path
    query = "" if next_path == "/" else f"?{urlencode({'next': next_path})}"
    return f"{SIGN_IN_PAGE}{query}#{urlencode(told)}"


def counts_as_factor(provider: ProviderRules, claims: ProviderClaims) -> bool:
    """Return whether the person used a second factor at the provider that counts as one here."""
    return not claims.amr.isdisjoint(provider.factor_amr) or claims.acr in provider.factor_acr


def choose_role(roles: Mapping[str, Role], claims: ProviderClaims, current: Role) -> Role:
    """Return the role of a member by their groups at the provider.

    Of several groups the highest role counts. A role that the provider can give ends with the
    group; any other role stays unless the groups give a higher one.
    """
    if not roles:
        return current
    given = [role for group, role in roles.items() if group in claims.groups]
    kept = current if current not in roles.values() else Role.USER
    return max([kept, *given], key=_RANKS.index)


def list_usernames(claims: ProviderClaims, draw: str) -> Iterator[str]:
    """Return valid usernames by the claims, the most fitting first; the last one is random.

    `draw` is random text of letters and digits.
    """
    mailbox = (claims.email or "").partition("@")[0]
    for name in (*claims.names, mailbox):
        # Some providers name people by their addresses, which are nobody's business.
        plain = _NOT_IN_USERNAME.sub("-", name.partition("@")[0]).strip("-_")[:_MAX_USERNAME]
        if len(plain) >= _MIN_USERNAME:
            yield plain
            for number in range(2, 10):
                yield f"{plain[: _MAX_USERNAME - 2]}-{number}"
    yield f"member-{draw[:12]}"


def label_of(claims: ProviderClaims) -> str:
    """Return how a member recognises an identity: the address or the name there."""
    return claims.email or next(iter(claims.names), claims.subject)


def can_sign_in(ways: WaysIn, *, passwords_open: bool) -> bool:
    """Return whether a member has a way to sign in.

    An authenticator app is none, as it only follows a password or an identity; nor is a password
    while this server takes none.
    """
    return (ways.has_password and passwords_open) or ways.identities > 0 or ways.passkeys > 0


def show_identity(
    stored: StoredIdentity, provider: ProviderRules | None, *, is_free: bool
) -> LinkedIdentity:
    """Return an identity as its member sees it."""
    return LinkedIdentity(
        id=stored.id,
        provider=provider and provider.id,
        name=stored.issuer if provider is None else provider.name,
        label=stored.label,
        created_at=stored.created_at,
        last_used_at=stored.last_used_at,
        may_unlink=is_free,
    )
