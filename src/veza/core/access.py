"""Who is asking, and what a role may do."""

from enum import StrEnum

from msgspec import Struct

from veza.core.ids import SessionId, UserId


class Role(StrEnum):
    """What an account may do. Each role but `admin` is a sphere of its own, not a rank."""

    USER = "user"
    CREATOR = "creator"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Access(StrEnum):
    """What a route asks of its caller."""

    NONE = "none"
    OPTIONAL = "optional"
    USER = "user"
    CREATOR = "creator"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an API key lets its bearer do: a session may do both."""

    READ = "read"
    WRITE = "write"


class Member(Struct, frozen=True):
    """Somebody who is known to be asking, by a session or by an API key."""

    id: UserId
    role: Role
    # None where an API key was sent; its scopes say how far it reaches.
    session_id: SessionId | None
    scopes: frozenset[Scope] = frozenset(Scope)


_ROLES_THAT_SUFFICE = {
    Access.NONE: frozenset(Role),
    Access.OPTIONAL: frozenset(Role),
    Access.USER: frozenset(Role),
    Access.CREATOR: frozenset({Role.CREATOR, Role.ADMIN}),
    Access.MODERATOR: frozenset({Role.MODERATOR, Role.ADMIN}),
    Access.ADMIN: frozenset({Role.ADMIN}),
}


def session_of(member: Member) -> SessionId:
    """Tell the session of a member, on routes that no API key reaches."""
    assert member.session_id is not None
    return member.session_id


def is_enough(role: Role, wanted: Access) -> bool:
    """Tell whether a role satisfies what a route asks."""
    return role in _ROLES_THAT_SUFFICE[wanted]


def is_lower(new: Role, old: Role) -> bool:
    """Tell whether a change of role takes something away: such a change ends the sessions."""
    return any(is_enough(old, access) and not is_enough(new, access) for access in Access)
