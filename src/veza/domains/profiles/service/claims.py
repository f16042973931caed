"""Labels make pages for artists, who claim them by a mailed link and take them away whole."""

from datetime import timedelta

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import ProfileId, RosterEntryId, UserId, new_id
from veza.core.profiles import ProfileKind, ProfileRole, Right
from veza.domains.profiles import rules
from veza.domains.profiles.errors import (
    LabelsOnly,
    ProfileClaimNotFound,
    ProfileNotFound,
    TooManyPlaceholders,
)
from veza.domains.profiles.events import ProfileClaimed
from veza.domains.profiles.models.claims import (
    OpenClaim,
    ProfileClaim,
    ProfileClaimForm,
    SendProfileClaim,
    StoredClaim,
)
from veza.domains.profiles.models.profiles import OwnProfile, PageForm, PageSettings
from veza.domains.profiles.models.roster import RosterForm, RosterScope
from veza.domains.profiles.queries import claims as queries
from veza.domains.profiles.queries import members as member_queries
from veza.domains.profiles.queries import profiles as profile_queries
from veza.domains.profiles.queries import roster as roster_queries
from veza.domains.profiles.service import members, owners, pages, profiles, roster
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx

LIFETIME = timedelta(days=14)
# Of one label, until they are claimed.
MAX_PLACEHOLDERS = 100


async def create_placeholder(tx: Tx, member: Member, form: PageForm, email: str) -> OwnProfile:
    """Create the page of an artist, a band or a podcast for a label, and mail who may claim it.

    The label is the profile as which the caller acts, or the only one that they manage. The page is
    on its roster, and its members are those of the label. Raises LabelsOnly, NotYourProfile,
    TooManyPlaceholders, TooManyOnRoster, UsernameTaken, NameOfVerified, and Invalid for a name that
    can't be shown.
    """
    label_id = await _find_label(tx, member)
    await profile_queries.lock_profile(tx, label_id)
    label, role = await members.ensure_may(tx, label_id, member, Right.MANAGE)
    if label.kind is not ProfileKind.LABEL or ProfileKind(form.kind) is ProfileKind.LABEL:
        raise LabelsOnly
    if await queries.count_placeholders(tx, label_id) >= MAX_PLACEHOLDERS:
        raise TooManyPlaceholders
    await roster.ensure_room(tx, label_id)
    profile_id = await pages.insert_page(tx, form)
    await queries.update_placeholder(tx, profile_id, label_id)
    await queries.insert_label_members(tx, profile_id, label_id)
    entry_id = RosterEntryId(new_id())
    await roster_queries.insert_entry(
        tx, entry_id, label_id, RosterForm(profile_id, RosterScope.ALL)
    )
    await roster_queries.update_accepted(tx, entry_id)
    await _send(tx, profile_id, email)
    shown_role = ProfileRole.MANAGER if role is ProfileRole.OWNER else role
    return await profiles.show_own(tx, profile_id, shown_role)


async def get_claim(conn: Conn, profile_id: ProfileId, member: Member) -> ProfileClaim:
    """Return the open claim of a placeholder that the caller manages, as themselves or the label.

    Raises ProfileNotFound, NotYourProfile and ProfileClaimNotFound.
    """
    await _ensure_runs(conn, profile_id, member)
    return required(await queries.find_claim(conn, profile_id), ProfileClaimNotFound)


async def send_again(
    tx: Tx, profile_id: ProfileId, member: Member, form: ProfileClaimForm
) -> ProfileClaim:
    """Mail a new link for a placeholder, to the address of before or another; the former one ends.

    Raises ProfileNotFound, NotYourProfile, and ProfileClaimNotFound if the page is claimed, or if
    there is no address of before.
    """
    await _lock_placeholder(tx, profile_id, member)
    former = await queries.find_claim(tx, profile_id)
    email = form.email or (former and former.email)
    await _send(tx, profile_id, required(email, ProfileClaimNotFound))
    return required(await queries.find_claim(tx, profile_id), ProfileClaimNotFound)


async def revoke(tx: Tx, profile_id: ProfileId, member: Member) -> None:
    """End the link of a placeholder. Raises as `get_claim` does."""
    await _lock_placeholder(tx, profile_id, member)
    if not await queries.delete_claim(tx, profile_id):
        raise ProfileClaimNotFound


async def show(conn: Conn, token: str) -> OpenClaim:
    """Return the page that a link claims, to everybody who has it. Raises ProfileClaimNotFound."""
    found = await queries.find_open(conn, rules.hash_claim(token))
    claim = required(found, ProfileClaimNotFound)
    page = await profiles.get_profile(conn, claim.profile_id, None)
    label = await profiles.get_profile(conn, claim.label_id, None)
    return OpenClaim(page, label, claim.expires_at)


async def claim(tx: Tx, settings: PageSettings, account: Member, token: str) -> OwnProfile:
    """Make the caller the only member of a placeholder, which is an ordinary page from then on.

    What the label published stays there, and the entry in its roster, too. Raises
    ProfileClaimNotFound and TooManyPages.
    """
    await pages.ensure_may_own(tx, settings, account.id)
    token_hash = rules.hash_claim(token)
    first = required(await queries.find_open(tx, token_hash), ProfileClaimNotFound)
    profile_id = first.profile_id
    await profile_queries.lock_profile(tx, profile_id)
    # It may have been used, or replaced, until the lock was there.
    stored = required(await queries.find_open(tx, token_hash), ProfileClaimNotFound)
    await _take_over(tx, stored, account.id)
    await emit(tx, ProfileClaimed(profile_id, UserId(stored.label_id)))
    return await profiles.show_own(tx, profile_id, ProfileRole.OWNER)


async def _take_over(tx: Tx, stored: StoredClaim, account_id: UserId) -> None:
    profile_id = stored.profile_id
    page = required(await profile_queries.find_any(tx, profile_id), ProfileNotFound)
    await queries.delete_claim(tx, profile_id)
    await queries.update_placeholder(tx, profile_id, None)
    await member_queries.delete_members(tx, page.account_id)
    is_shown = members.is_shown_at_first(page.kind)
    role = ProfileRole.OWNER
    await member_queries.insert_member(tx, profile_id, account_id, role=role, is_shown=is_shown)
    await owners.close_sockets(tx, page.account_id)


async def _send(tx: Tx, profile_id: ProfileId, email: str) -> None:
    await queries.upsert_claim(tx, profile_id, email, LIFETIME)
    await enqueue(tx, SendProfileClaim(profile_id))


async def _lock_placeholder(tx: Tx, profile_id: ProfileId, member: Member) -> None:
    await profile_queries.lock_profile(tx, profile_id)
    await _ensure_runs(tx, profile_id, member)


async def _ensure_runs(conn: Conn, profile_id: ProfileId, member: Member) -> None:
    label_id = await queries.find_label(conn, profile_id)
    asked = label_id if label_id is not None and label_id == member.acts_as else profile_id
    await members.ensure_may(conn, asked, member, Right.MANAGE)
    if label_id is None:
        raise ProfileClaimNotFound


async def _find_label(conn: Conn, member: Member) -> ProfileId:
    if member.acts_as is not None:
        return ProfileId(member.acts_as)
    labels = await queries.list_managed_labels(conn, member.id)
    if len(labels) != 1:
        raise LabelsOnly
    return labels[0]
