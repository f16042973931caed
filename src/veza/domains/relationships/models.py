"""Relations between members, and profiles as a viewer sees them."""

from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from veza.core.access import Role
from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.domains.auth.accounts.models import NamedMember


class FollowRole(StrEnum):
    """The two members of a follow; each counts the other."""

    FOLLOWER = "follower"
    FOLLOWED = "followed"

    @property
    def other(self) -> "FollowRole":
        """The opposite role."""
        return FollowRole.FOLLOWED if self is FollowRole.FOLLOWER else FollowRole.FOLLOWER


class RelationKind(StrEnum):
    """The lists of other members that a member has."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"
    BLOCKED = "blocked"
    MUTED = "muted"

    @property
    def is_public(self) -> bool:
        """Whether other members may see the list."""
        return self in {RelationKind.FOLLOWERS, RelationKind.FOLLOWING}


class FollowState(Struct, frozen=True):
    """Whether the caller follows a member, and the number of followers."""

    following: bool
    followers_count: int


class BlockedPair(Struct, frozen=True):
    """Two members with a block in either direction, as seen from the first."""

    user_id: UserId
    other_id: UserId


class BlockState(Struct, frozen=True):
    """Whether the caller blocks a member."""

    blocked: bool


class MuteState(Struct, frozen=True):
    """Whether the caller mutes a member."""

    muted: bool


class Relation(Struct, frozen=True):
    """The relationship of the caller to a member. All but `followed_by` is the caller's doing."""

    following: bool
    followed_by: bool
    blocked: bool
    muted: bool


class MemberProfile(NamedMember, frozen=True):
    """A member's public profile. `following` is present for signed-in callers."""

    role: Role
    bio: str
    created_at: datetime
    followers_count: int
    following_count: int
    following: bool | UnsetType = UNSET


class RelatedMember(NamedMember, frozen=True):
    """A member of a list, and since when. `following` is present for signed-in callers."""

    since: datetime
    following: bool | UnsetType = UNSET


class RelatedMemberPage(Struct, frozen=True):
    """A page of members, newest relationship first."""

    users: list[RelatedMember]
    next_cursor: str | None
    has_more: bool


class RelatedQuery(Struct, frozen=True):
    """The list that is requested, and the page."""

    kind: RelationKind
    limit: int = 20
    cursor: Cursor | None = None


class RelatedUser(Struct, frozen=True):
    """A member of a list, and since when."""

    user_id: UserId
    username: str
    since: datetime


class PersonalRelations(Struct, frozen=True):
    """The members whom a member follows, blocks and mutes, oldest first.

    `last_ended_at` is when they last stopped following somebody, or a block with them ended.
    """

    following: list[RelatedUser]
    blocked: list[RelatedUser]
    muted: list[RelatedUser]
    last_ended_at: datetime | None


class RecountFollows(Struct, frozen=True):
    """Job: exclude a member from the counts of others, or include them again."""

    user_id: UserId
