"""The page of a profile: what everybody sees of it, and what only its viewer is told."""

from veza.core.access import Member
from veza.core.ids import ProfileId
from veza.core.pages import Cursor, cut
from veza.core.profiles import ProfileKind, Right
from veza.core.structs import copy_fields
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.profile_pages import queries, rules
from veza.domains.profile_pages.models import (
    KnownFollowers,
    LabelReleasePage,
    PageContents,
    ProfilePage,
)
from veza.domains.profiles.errors import NotALabel
from veza.domains.profiles.models.profiles import Profile
from veza.domains.profiles.service import members, profiles
from veza.infra.postgres.database import Conn

_NOBODY = KnownFollowers([], 0)


async def show_page(conn: Conn, profile_id: ProfileId, viewer: Member | None) -> ProfilePage:
    """Return the page of a profile. Raises ProfileNotFound."""
    return await _complete(conn, await profiles.get_profile(conn, profile_id, viewer), viewer)


async def show_page_of(conn: Conn, handle: str, viewer: Member | None) -> ProfilePage:
    """Return the page of the profile with a handle. Raises ProfileNotFound."""
    return await _complete(conn, await profiles.get_by_handle(conn, handle, viewer), viewer)


async def list_label_releases(
    conn: Conn, label_id: ProfileId, member: Member, *, limit: int, cursor: Cursor | None
) -> LabelReleasePage:
    """Return the releases of a label's roster, within the scope of each artist, newest first.

    Raises ProfileNotFound, NotYourProfile, and NotALabel.
    """
    label, _ = await members.ensure_may(conn, label_id, member, Right.READ)
    if label.kind is not ProfileKind.LABEL:
        raise NotALabel
    found = await queries.list_label_releases(conn, label_id, limit=limit, cursor=cursor)
    shown, following = cut(found, limit, lambda each: Cursor(each.listed_at, each.id))
    releases = [rules.show_label_release(each) for each in shown]
    return LabelReleasePage(releases, following, following is not None)


async def _complete(conn: Conn, profile: Profile, viewer: Member | None) -> ProfilePage:
    is_own = viewer is not None and viewer.id == profile.id
    viewer_id = viewer and viewer.id
    summary = await queries.summarize(conn, profile.id, viewer_id, is_own=is_own)
    known, lookalike = _NOBODY, None
    if viewer is not None and not is_own:
        known = await _find_known(conn, profile.id, viewer)
        lookalike = rules.find_lookalike(profile, await queries.list_followed(conn, viewer.id))
    return copy_fields(
        ProfilePage,
        profile,
        pinned_release_id=summary.pinned_release_id,
        ring=rules.draw_ring(summary.peaks) if summary.peaks else None,
        contents=copy_fields(PageContents, summary),
        takes_tips=summary.takes_tips,
        takes_members=summary.takes_members,
        is_member=summary.is_member,
        known_followers=known,
        looks_like=lookalike,
    )


async def _find_known(conn: Conn, profile_id: ProfileId, viewer: Member) -> KnownFollowers:
    found = await queries.list_known_followers(conn, profile_id, viewer.id)
    members = [copy_fields(NamedMember, each) for each in found]
    return KnownFollowers(members, found[0].total if found else 0)
