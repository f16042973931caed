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


class Member(Struct, frozen=True):
    """Somebody who is signed in, as their token says."""

    id: UserId
    role: Role
    session_id: SessionId


_ROLES_THAT_SUFFICE = {
    Access.NONE: frozenset(Role),
    Access.OPTIONAL: frozenset(Role),
    Access.USER: frozenset(Role),
    Access.CREATOR: frozenset({Role.CREATOR, Role.ADMIN}),
    Access.MODERATOR: frozenset({Role.MODERATOR, Role.ADMIN}),
    Access.ADMIN: frozenset({Role.ADMIN}),
}


def is_enough(role: Role, wanted: Access) -> bool:
    """Tell whether a role satisfies what a route asks."""
    return role in _ROLES_THAT_SUFFICE[wanted]


def is_lower(new: Role, old: Role) -> bool:
    """Tell whether a change of role takes something away: such a change ends the sessions."""
    return any(is_enough(old, access) and not is_enough(new, access) for access in Access)
