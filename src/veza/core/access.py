"""Roles, scopes of API keys, and the caller of a request."""

from enum import StrEnum

from msgspec import Struct, structs

from veza.core.ids import SessionId, UserId
from veza.core.profiles import ProfileRole


class Role(StrEnum):
    """The role of an account. Roles are not ranks; only `admin` includes all others."""

    USER = "user"
    CREATOR = "creator"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Access(StrEnum):
    """The access level that a route requires of its caller."""

    NONE = "none"
    OPTIONAL = "optional"
    USER = "user"
    CREATOR = "creator"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Scope(StrEnum):
    """The rights that an API key can have. A session has both.

    No scope reaches a route about money, payouts, legal identity or credentials, nor one for staff:
    such a route has `scope=None`, whether it reads or changes, and needs a session. A key is stored
    in other programs and stolen more easily than a session. A stolen key must not move money, set
    what is sold or its price, give away what is paid for, read or change a member's legal identity,
    or obtain something that works after the key is revoked (another credential, a public link).
    `SESSION_ONLY` names these subjects by the words of a path.
    """

    READ = "read"
    WRITE = "write"


# A route is about one of these subjects if a segment of its path, or a part of one between hyphens,
# is one of these words.
SESSION_ONLY = frozenset(
    {
        # Money and payouts, and what is paid for.
        *("archives", "balance", "billing", "checkout", "codes", "connect", "credit", "dispute"),
        *("disputes", "invoice"),
        *("invoices", "ledger", "order", "orders", "payment", "payments", "payout", "payouts"),
        *("purchase", "purchases", "refund", "refunds", "sell", "splits", "statements", "transfer"),
        "transfers",
        # Legal identity and personal data as a whole.
        *(
            "creator",
            "erasure",
            "export",
            "identities",
            "identity",
            "legal",
            "onboard",
            "onboarding",
            "privacy",
        ),
        # Credentials, and what grants access without one.
        *("auth", "credential", "credentials", "csrf", "developer", "email", "key", "keys", "mfa"),
        "factors",
        *("oauth", "passkey", "passkeys", "password", "passwords", "secret", "secrets", "session"),
        *("sessions", "share", "token", "tokens", "totp", "webhook", "webhooks"),
        # Staff.
        "admin",
    }
)


class Member(Struct, frozen=True):
    """The caller of a request, identified by a session or an API key.

    Who acts as a profile has its id and a creator's role: `account_id` is then who acts, in which
    role.
    """

    id: UserId
    role: Role
    # None for an API key, whose `scopes` limit it.
    session_id: SessionId | None
    scopes: frozenset[Scope] = frozenset(Scope)
    # The role requires a second factor, and the member has none yet.
    may_only_enrol: bool = False
    account_id: UserId | None = None
    profile_role: ProfileRole | None = None

    @property
    def actor_id(self) -> UserId:
        """The account that acts, whether as itself or as a profile: limits and proofs are of it."""
        return self.account_id or self.id

    @property
    def acts_as(self) -> UserId | None:
        """The profile that the account acts as; None for itself."""
        return None if self.account_id is None else self.id


_SUFFICIENT_ROLES = {
    Access.NONE: frozenset(Role),
    Access.OPTIONAL: frozenset(Role),
    Access.USER: frozenset(Role),
    Access.CREATOR: frozenset({Role.CREATOR, Role.ADMIN}),
    Access.MODERATOR: frozenset({Role.MODERATOR, Role.ADMIN}),
    Access.ADMIN: frozenset({Role.ADMIN}),
}


def session_of(member: Member) -> SessionId:
    """Return the session of a member, on routes that no API key reaches."""
    assert member.session_id is not None
    return member.session_id


def act_as(member: Member, profile_id: UserId, role: ProfileRole) -> Member:
    """Return an account as a profile in which it has a role."""
    return structs.replace(
        member, id=profile_id, role=Role.CREATOR, account_id=member.id, profile_role=role
    )


def needs_session(path: str) -> bool:
    """Return whether a route at this path is about a subject that no API key reaches."""
    segments = [part for part in path.split("/") if part and not part.startswith("{")]
    return any(not SESSION_ONLY.isdisjoint(segment.split("-")) for segment in segments)


def is_enough(role: Role, wanted: Access) -> bool:
    """Return whether a role satisfies what a route requires."""
    return role in _SUFFICIENT_ROLES[wanted]


def is_lower(new: Role, old: Role) -> bool:
    """Return whether a change of role removes rights, which ends the member's sessions."""
    return any(is_enough(old, access) and not is_enough(new, access) for access in Access)
