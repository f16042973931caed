"""Decides who sees what: each rule in Python beside its condition in SQL.

Rules begin with `is_` and take values. Conditions take the aliases of tables and a placeholder of
the viewer, and return SQL for statements that filter or lock. A property test compares them row by
row. A member who is suspended can't change anything, and only they see what they published.
"""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from veza.core.ids import UserId
from veza.core.track_metadata import AiUse


class Visibility(StrEnum):
    """The people who may play a track: everybody, anybody with a link, or only its owner."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class TrackStatus(StrEnum):
    """The state of a track's processing."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class _TrackState(Protocol):
    """The fields of a track that decide who sees it."""

    @property
    def visibility(self) -> Visibility: ...
    @property
    def status(self) -> TrackStatus: ...


# Members.


def active(user: str = "users") -> str:
    """Return the condition that a member is not suspended: they may sign in and are shown."""
    return f"{user}.suspended_at is null"


def suspended(user: str = "users") -> str:
    """Return the condition that a member is suspended: what they published is hidden."""
    return f"{user}.suspended_at is not null"


def blocked(viewer: str | None, member: str) -> str:
    """Return the condition that two members block each other, in either direction.

    `member` is a column or placeholder with an id. Without a viewer nobody is blocked.
    """
    if viewer is None:
        return "false"
    return f"""exists (
        select from blocks b
         where (b.blocker_id, b.blocked_id) in (({viewer}, {member}), ({member}, {viewer})))
    """


def muted(viewer: str, member: str) -> str:
    """Return the condition that a viewer has muted a member, whom lists then leave out."""
    return f"exists (select from mutes m where m.muter_id = {viewer} and m.muted_id = {member})"


def suspended_ids() -> str:
    """Return a select of all suspended members, of whom there are few: it can be read once."""
    return f"select h.id from users h where {suspended('h')}"  # noqa: S608 - of the code


def blocked_ids(viewer: str) -> str:
    """Return a select of all members who block a viewer, or whom the viewer blocks."""
    return f"""
        select b.blocked_id from blocks b where b.blocker_id = {viewer}
         union all
        select b.blocker_id from blocks b where b.blocked_id = {viewer}
    """  # noqa: S608 - `viewer` is a placeholder


def is_theirs(owner: str, user: str) -> str:
    """Return the condition that an owner is a member, or a page of theirs in any role.

    Both are columns or placeholders with an id. Without an owner it is nobody's.
    """
    pages = f"select tm.profile_id from profile_members tm where tm.user_id = {user}"  # noqa: S608
    return f"coalesce({owner} = {user} or {owner} in ({pages}), false)"


# Everything that has an owner.


def is_visible_to(
    viewer_id: UserId | None, owner_id: UserId | None, *, is_shown: bool, is_hidden: bool
) -> bool:
    """Return whether a viewer sees what an owner published.

    Owners always do. Others do if the thing `is_shown`, unless it `is_hidden` because its owner is
    suspended or blocks the viewer.
    """
    if owner_id is not None and owner_id == viewer_id:
        return True
    return is_shown and not is_hidden


def taken_down(item: str) -> str:
    """Return the condition that staff has taken an item with a visibility down.

    It is private meanwhile, and besides no link or role shows it to others than its owner.
    """
    return f"{item}.owner_visibility is not null"


def only_for_owner(item: str, owner: str) -> str:
    """Return the condition that nobody but its owner sees an item, whatever else admits others.

    The owner is suspended, or staff has taken the item down.
    """
    return f"({suspended(owner)} or {taken_down(item)})"


def visible_to(viewer: str, owner: str, shown: str) -> str:
    """Return the condition of `is_visible_to`; `shown` includes that the owner is active."""
    return f"({owner} = {viewer} or {shown})"


# Members of tiers.


def has_tier(viewer: str, profile: str, tier: str | None = None) -> str:
    """Return the condition that a viewer has a tier of a profile now, or any of its memberships.

    All three are columns or placeholders with an id. A member has all tiers of the profile whose
    position is the same as that of their own or lower, whether these still take members or not. A
    monthly tip has no tier.
    """
    if tier is None:
        return f"""exists (
            select from memberships hm
             where hm.member_id = {viewer} and hm.profile_id = {profile}
               and hm.access_until > now())
        """
    return f"""exists (
        select from memberships hm
          join tiers ht on ht.id = hm.tier_id
          join tiers wanted on wanted.id = {tier} and wanted.profile_id = hm.profile_id
         where hm.member_id = {viewer} and hm.profile_id = {profile}
           and hm.access_until > now() and ht.position >= wanted.position)
    """


def admitted(viewer: str | None, profile: str, tier: str) -> str:
    """Return the condition that a viewer sees a profile's items for members of a tier.

    A block in either direction ends it, as it hides everything else of the profile. `tier` may be
    null; then nobody is admitted, and nothing is looked up.
    """
    if viewer is None:
        return "false"
    return f"""(
        {tier} is not null and {has_tier(viewer, profile, tier)} and not {blocked(viewer, profile)})
    """


def for_members(item: str, viewer: str | None) -> str:
    """Return the condition of `admitted` for a track or a release that is not taken down."""
    is_admitted = admitted(viewer, f"{item}.owner_id", f"{item}.tier_id")
    return f"(not {taken_down(item)} and {is_admitted})"


# Tracks.


def is_track_published(track: _TrackState) -> bool:
    """Return whether lists show a track of an active member to everybody."""
    return track.visibility is Visibility.PUBLIC and track.status is TrackStatus.READY


def is_track_shared(track: _TrackState) -> bool:
    """Return whether everybody who knows the id of an active member's track may hear it."""
    return track.visibility is not Visibility.PRIVATE and track.status is TrackStatus.READY


def published_track(track: str) -> str:
    """Return the condition of `is_track_published`."""
    return f"{track}.visibility = 'public' and {track}.status = 'ready'"


def shared_track(track: str) -> str:
    """Return the condition of `is_track_shared`."""
    return f"{track}.visibility <> 'private' and {track}.status = 'ready'"


def members_track(track: str, viewer: str | None) -> str:
    """Return the condition that a viewer may hear an active member's track as one of its tier."""
    return f"({track}.status = 'ready' and {for_members(track, viewer)})"


def visible_track(track: str, owner: str, viewer: str) -> str:
    """Return the condition that a viewer may hear a track; `owner` is its member."""
    shown = f"({shared_track(track)} or {members_track(track, viewer)}) and {active(owner)}"
    return visible_to(viewer, f"{track}.owner_id", shown)


# Releases.


def listed_release(release: str) -> str:
    """Return the condition that lists show a release of an active member to everybody."""
    return f"{release}.visibility = 'public' and {release}.tracks_count > 0"


def announced_release(release: str) -> str:
    """Return the condition that a product shows its release: published, or scheduled."""
    is_announced = f"({release}.visibility <> 'private' or {release}.publish_at is not null)"
    return f"({is_announced} and not {taken_down(release)})"


def visible_release(release: str, owner: str, viewer: str) -> str:
    """Return the condition that a viewer sees a release; `owner` is its member."""
    is_shown = f"({shared(release)} or {for_members(release, viewer)})"
    shown = f"{is_shown} and {active(owner)} and not {blocked(viewer, f'{owner}.id')}"
    return visible_to(viewer, f"{release}.owner_id", shown)


# Posts.


def seen_post(post: str, viewer: str | None) -> str:
    """Return the condition that an active author's post is for a viewer: for all, or their tier."""
    if viewer is None:
        return f"{post}.tier_id is null"
    is_admitted = admitted(viewer, f"{post}.author_id", f"{post}.tier_id")
    return f"({post}.tier_id is null or {post}.author_id = {viewer} or {is_admitted})"


# Choices of listeners: explicit and generated tracks are left out of lists, or not.


class ExplicitChoice(StrEnum):
    """A setting for explicit tracks: play them unmarked, play them marked, or leave them out."""

    SHOW = "show"
    MARK = "mark"
    HIDE = "hide"


class AiChoice(StrEnum):
    """A setting for tracks that disclose generated parts: play them, or leave them out."""

    SHOW = "show"
    HIDE = "hide"


class Choices(Struct, frozen=True):
    """Both settings: those of a member, or those of the site for visitors."""

    explicit: ExplicitChoice
    ai: AiChoice


def is_wanted(
    choices: Choices, *, is_explicit: bool | None, ai: AiUse, is_own: bool = False
) -> bool:
    """Return whether lists show a track to a listener, and players play it unasked.

    One's own tracks are always shown. At its own address a track is shown to everybody.
    """
    hides_explicit = is_explicit is True and choices.explicit is ExplicitChoice.HIDE
    hides_generated = ai is not AiUse.NONE and choices.ai is AiChoice.HIDE
    return is_own or not (hides_explicit or hides_generated)


def wanted_track(track: str, viewer: str | None) -> str:
    """Return the condition of `is_wanted` for a track; `viewer` is None for visitors.

    The choice is read once for a statement, and only if a track needs it.
    """
    return f"""(
        {_is_own(track, viewer)}
        or {_spares_explicit(track, viewer)}
           and ({track}.ai = 'none' or not {_hides("ai", viewer)}))
    """


def wanted_show(show: str, viewer: str | None) -> str:
    """Return the condition that a show is not explicit, or is wanted nevertheless."""
    return f"({_is_own(show, viewer)} or {_spares_explicit(show, viewer)})"


def wanted_release(release: str, viewer: str | None) -> str:
    """Return the condition that no track of a release is unwanted."""
    # With `exists`, the planner might read the tracks of all releases and hash them.
    tracks = f"""(
        select true
          from release_tracks e
          join tracks w on w.id = e.track_id
         where e.release_id = {release}.id and {{}}
         limit 1) is null
    """  # noqa: S608 - of the code
    return f"""(
        {_is_own(release, viewer)}
        or (not {_hides("explicit", viewer)} or {tracks.format("w.is_explicit")})
           and (not {_hides("ai", viewer)} or {tracks.format("w.ai <> 'none'")}))
    """


def wanted_item(item: str, viewer: str | None) -> str:
    """Return the condition that a track or release of a catalogue is wanted, by its id alone.

    As long as nothing is left out, an index that has the ids is enough.
    """
    track = f"select {wanted_track('t', viewer)} from tracks t where t.id = {item}.id"  # noqa: S608
    return f"""(
        not {_hides("explicit", viewer)} and not {_hides("ai", viewer)}
        or {wanted_release(item, viewer)} and coalesce(({track}), true))
    """


def listener_choice(kind: str, viewer: str | None) -> str:
    """Return the choice `explicit` or `ai` of a member, else of the site."""
    site = f"(select s.{kind} from site_profile s)"  # noqa: S608 - of the code
    if viewer is None:
        return site
    return f"coalesce((select m.{kind} from users m where m.id = {viewer}), {site})"  # noqa: S608 - of the code


def _spares_explicit(item: str, viewer: str | None) -> str:
    return f"({item}.is_explicit is not true or not {_hides('explicit', viewer)})"


def _hides(kind: str, viewer: str | None) -> str:
    return f"({listener_choice(kind, viewer)} = 'hide')"


def _is_own(item: str, viewer: str | None) -> str:
    return "false" if viewer is None else f"{item}.owner_id = {viewer}"


# Credits of tracks and releases.


class CreditState(StrEnum):
    """The answer of a profile to a credit that names it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


def is_credit_linked(state: CreditState, *, is_hidden: bool) -> bool:
    """Return whether a credit links its profile; otherwise it is a name alone."""
    return state is CreditState.CONFIRMED and not is_hidden


def linked_credit(credit: str, user: str) -> str:
    """Return the condition of `is_credit_linked`; `user` is the row of the profile."""
    return f"{credit}.state = 'confirmed' and {active(user)}"


# Releases and playlists.


def is_shared(visibility: Visibility) -> bool:
    """Return whether everybody who knows its address may see it."""
    return visibility is not Visibility.PRIVATE


def shared(item: str) -> str:
    """Return the condition of `is_shared`."""
    return f"{item}.visibility <> 'private'"


def public(item: str) -> str:
    """Return the condition that lists show an item to everybody."""
    return f"{item}.visibility = 'public'"
