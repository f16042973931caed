"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from veza.core.access import Role
from veza.core.ids import UserId
from veza.core.pages import Cursor


class Side(StrEnum):
    """The two that a follow is between: each counts the other."""

    FOLLOWER = "follower"
    FOLLOWED = "followed"

    @property
    def other(self) -> "Side":
        """Whom it is with."""
        return Side.FOLLOWED if self is Side.FOLLOWER else Side.FOLLOWER


class Circle(StrEnum):
    """The members whom somebody has around them, or keeps away."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"
    BLOCKED = "blocked"
    MUTED = "muted"

    @property
    def is_public(self) -> bool:
        """Whether others may see it."""
        return self in {Circle.FOLLOWERS, Circle.FOLLOWING}


class FollowState(Struct, frozen=True):
    """Whether one follows a member, and how many do."""

    following: bool
    followers_count: int


class BlockedPair(Struct, frozen=True):
    """Two members of whom one blocks the other, as seen from the first."""

    user_id: UserId
    other_id: UserId


class BlockState(Struct, frozen=True):
    """Whether one blocks a member."""

    blocked: bool


class MuteState(Struct, frozen=True):
    """Whether one mutes a member."""

    muted: bool


class Relation(Struct, frozen=True):
    """What a member is to whoever asks: each but `followed_by` is their own doing."""

    following: bool
    followed_by: bool
    blocked: bool
    muted: bool


class Standing(Struct, frozen=True):
    """One of the two whom a change is between."""

    id: UserId
    is_suspended: bool


class MemberProfile(Struct, frozen=True):
    """A member as everybody sees them; signed in, also whether one follows them."""

    id: UserId
    username: str
    role: Role
    bio: str
    created_at: datetime
    followers_count: int
    following_count: int
    following: bool | UnsetType = UNSET


class StoredProfile(Struct, frozen=True):
    """A member with their counts, as stored; `following` is null where nobody is signed in."""

    id: UserId
    username: str
    role: Role
    bio: str
    created_at: datetime
    followers_count: int
    following_count: int
    following: bool | None


class StoredRelated(Struct, frozen=True):
    """A member in a list, and since when they are in it; `following` as above."""

    id: UserId
    username: str
    since: datetime
    following: bool | None


class RelatedMember(Struct, frozen=True):
    """A member in a list, and since when they are in it; signed in, whether one follows them."""

    id: UserId
    username: str
    since: datetime
    following: bool | UnsetType = UNSET


class MemberPage(Struct, frozen=True):
    """One page of a list of members, the latest first."""

    users: list[RelatedMember]
    next_cursor: str | None
    has_more: bool


class RelatedQuery(Struct, frozen=True):
    """Which circle of somebody is asked for, and how much of it."""

    circle: Circle
    limit: int = 20
    cursor: Cursor | None = None


class Related(Struct, frozen=True):
    """Whom a member has in a circle, and since when."""

    user_id: UserId
    username: str
    since: datetime


class PersonalRelations(Struct, frozen=True):
    """Whom a member follows, blocks and mutes, each list in the order in which it came about."""

    following: list[Related]
    blocked: list[Related]
    muted: list[Related]


class RecountFollows(Struct, frozen=True):
    """Have the counts of others leave out a member, or not, as it is right now."""

    user_id: UserId
