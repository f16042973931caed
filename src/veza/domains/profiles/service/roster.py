"""Labels have a roster of artists: each accepts, and either side ends it."""

from contextlib import suppress

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import ProfileId, RosterEntryId, UserId, new_id
from veza.core.profiles import NotYourProfile, ProfileKind, Right
from veza.domains.profiles import rules
from veza.domains.profiles.errors import (
    AlreadyOnRoster,
    NotALabel,
    ProfileNotFound,
    RosterEntryNotFound,
    TooManyOnRoster,
)
from veza.domains.profiles.events import RosterProposed
from veza.domains.profiles.models.roster import Roster, RosterEntry, RosterForm, StoredRosterEntry
from veza.domains.profiles.queries import profiles as profile_queries
from veza.domains.profiles.queries import roster as queries
from veza.domains.profiles.service.members import ensure_may
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx

MAX_ENTRIES = 1000


async def list_roster(conn: Conn, profile_id: ProfileId, viewer: Member | None) -> Roster:
    """Return the artists of a label, or the labels of an artist; open entries to who manages it.

    Raises ProfileNotFound.
    """
    viewer_id = viewer and viewer.id
    required(await profile_queries.find_profile(conn, profile_id, viewer_id), ProfileNotFound)
    with_open = viewer is not None and await _manages(conn, profile_id, viewer)
    found = await queries.list_entries(conn, profile_id, viewer_id, with_open=with_open)
    return Roster([rules.show_entry(each) for each in found])


async def add_artist(tx: Tx, label_id: ProfileId, member: Member, form: RosterForm) -> RosterEntry:
    """Ask an artist to be on the roster of a label that the caller manages.

    Raises ProfileNotFound, NotYourProfile, NotALabel, AlreadyOnRoster and TooManyOnRoster.
    """
    await profile_queries.lock_profile(tx, label_id)
    label, _ = await ensure_may(tx, label_id, member, Right.MANAGE)
    # Of an artist who blocks the label, or is blocked by it, there is nothing to see.
    artist = await profile_queries.find_profile(tx, ProfileId(form.profile_id), label.account_id)
    kind = required(artist, ProfileNotFound).kind
    if label.kind is not ProfileKind.LABEL or kind is ProfileKind.LABEL:
        raise NotALabel
    await ensure_room(tx, label_id)
    entry_id = RosterEntryId(new_id())
    if not await queries.insert_entry(tx, entry_id, label_id, form):
        raise AlreadyOnRoster
    await emit(tx, RosterProposed(entry_id, label.account_id, UserId(form.profile_id)))
    return rules.show_entry(await _get(tx, label_id, entry_id))


async def ensure_room(conn: Conn, label_id: ProfileId) -> None:
    """Raise TooManyOnRoster if a label has as many artists as it may."""
    if await queries.count_entries(conn, label_id) >= MAX_ENTRIES:
        raise TooManyOnRoster


async def accept(
    tx: Tx, label_id: ProfileId, member: Member, entry_id: RosterEntryId
) -> RosterEntry:
    """Accept an entry, by who manages the artist. Raises RosterEntryNotFound and NotYourProfile."""
    entry = await _get(tx, label_id, entry_id)
    await ensure_may(tx, entry.profile_id, member, Right.MANAGE)
    if not await queries.update_accepted(tx, entry_id):
        raise RosterEntryNotFound
    return rules.show_entry(await _get(tx, label_id, entry_id))


async def remove(tx: Tx, label_id: ProfileId, member: Member, entry_id: RosterEntryId) -> None:
    """End or decline an entry, by who manages the label or the artist.

    Raises RosterEntryNotFound and NotYourProfile.
    """
    entry = await _get(tx, label_id, entry_id)
    is_of_artist = await _manages(tx, entry.profile_id, member)
    if not is_of_artist:
        await ensure_may(tx, label_id, member, Right.MANAGE)
    await queries.delete_entry(tx, entry_id)


async def _get(conn: Conn, label_id: ProfileId, entry_id: RosterEntryId) -> StoredRosterEntry:
    found = await queries.find_entry(conn, entry_id)
    if found is None or found.label_id != label_id:
        raise RosterEntryNotFound
    return found


async def _manages(conn: Conn, profile_id: ProfileId, member: Member) -> bool:
    with suppress(NotYourProfile, ProfileNotFound):
        await ensure_may(conn, profile_id, member, Right.MANAGE)
        return True
    return False
