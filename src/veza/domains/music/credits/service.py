"""Credits are stored with their item; profiles answer those that name them.

Callers lock the named profiles first, then the item, then call `store`.
"""

from collections.abc import Mapping
from itertools import groupby
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, structs

from veza.core.access import Member
from veza.core.embedded_tags import TaggedPeople
from veza.core.errors import required
from veza.core.ids import CreditId, UserId
from veza.core.pages import Cursor, cut
from veza.core.visibility import CreditState
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.credits import queries
from veza.domains.music.credits.errors import CreditNotFound, TooManyPendingCredits
from veza.domains.music.credits.events import ArtistConfirmed, CreditAsked
from veza.domains.music.credits.models import (
    ARTIST,
    AskedCredits,
    CreditedItem,
    CreditedKind,
    CreditQuery,
    CreditRequest,
    CreditRequestPage,
    EnteredCredits,
    LinkableProfile,
    StoredCredit,
)
from veza.domains.music.credits.rules import entered as rules
from veza.domains.music.credits.rules.shown import show_asked, show_request, write_line
from veza.domains.music.credits.rules.tags import list_ids, read_entered
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx

# The name of an artist of whom nothing is known, as MusicBrainz and its programs write it.
UNKNOWN = "[unknown]"


class NamedProfiles(Struct, frozen=True):
    """The profiles that a member may name on an item of theirs, locked."""

    owner: LinkableProfile
    by_id: Mapping[UserId, LinkableProfile]


class ForgottenCredits(Struct, frozen=True):
    """Names in credits after the profile that they named was erased.

    `lines` are those of the artists of all items concerned whose artists have rows, by item.
    """

    item_ids: list[UUID]
    lines: Mapping[UUID, str]
    names: list[str]


async def lock_profiles(tx: Tx, owner_id: UserId, given: EnteredCredits) -> NamedProfiles | None:
    """Lock the profiles that are named; None if nothing is given, or the owner is gone."""
    if given.artists is UNSET and given.credits is UNSET:
        return None
    owner = await queries.find_profile(tx, owner_id)
    if owner is None:
        return None
    others = given.profile_ids - {owner_id}
    found = await queries.lock_profiles(tx, owner_id, others) if others else []
    return NamedProfiles(owner, {each.id: each for each in [*found, owner]})


async def lock_tagged(
    tx: Tx, owner_id: UserId, people: TaggedPeople
) -> tuple[EnteredCredits, NamedProfiles] | None:
    """Return what the tags of a file say of a track, with the profiles that they name, locked.

    A profile is named by its id at MusicBrainz, if the owner may name it. None if the owner is
    gone.
    """
    owner = await queries.find_profile(tx, owner_id)
    if owner is None:
        return None
    ids = list_ids(people)
    found = await queries.list_profiles_of_musicbrainz(tx, ids) if ids else []
    others = {each.id for each in found} - {owner_id}
    locked = await queries.lock_profiles(tx, owner_id, others) if others else []
    by_id = {each.id: each for each in [*locked, owner]}
    named = {each.musicbrainz_id: each for each in [*found, owner] if each.id in by_id}
    by_musicbrainz = {key: each for key, each in named.items() if key is not None}
    return read_entered(people, owner, by_musicbrainz), NamedProfiles(owner, by_id)


async def store(
    tx: Tx,
    item: CreditedItem,
    given: EnteredCredits,
    profiles: NamedProfiles,
    *,
    refuses_full: bool = True,
) -> str | UnsetType | None:
    """Store the credits of an item that the caller has locked.

    Return the line of its artists, None for the owner alone, UNSET if the artists stay. Profiles
    with too many unanswered credits become names alone, or raise TooManyPendingCredits if
    `refuses_full`. Raises Invalid.
    """
    earlier = await queries.list_credits(tx, item)
    artists, others = rules.read_entered(earlier)
    if not isinstance(given.artists, UnsetType):
        artists = rules.clean_artists(given.artists, profiles.by_id)
        if rules.is_owner_alone(artists, profiles.owner):
            artists = []
    if not isinstance(given.credits, UnsetType):
        others = rules.clean_credits(given.credits, profiles.by_id)
    rows = rules.make_rows(item.owner_id, artists, others, earlier)
    if earlier:
        await queries.delete_credits(tx, item)
    if rows:
        rows = await _limit_pending(tx, item, rows, earlier, refuses_full=refuses_full)
        await queries.insert_credits(tx, item, rows)
        await _announce_asked(tx, item, rules.list_asked(rows, earlier))
    if given.artists is UNSET:
        return UNSET
    return write_line(artists) if artists else None


async def list_asked(
    conn: Conn, item: CreditedItem, owner: NamedMember, line: str | None
) -> AskedCredits:
    """Return the artists and credits of an item of the caller, with the answers of profiles.

    `line` is that of its artists, None for the owner alone.
    """
    return show_asked(owner, line, await queries.list_named(conn, item))


async def list_own(conn: Conn, query: CreditQuery, member: Member) -> CreditRequestPage:
    """Return a page of the credits that name a profile of the caller, newest first."""
    found = await queries.list_requests(conn, query, member.id)
    page, following = cut(found, query.limit, lambda each: Cursor(each.created_at, each.id))
    return CreditRequestPage(list(map(show_request, page)), following, following is not None)


async def answer(tx: Tx, credit_id: CreditId, member: Member, state: CreditState) -> CreditRequest:
    """Confirm or decline a credit that names a profile of the caller. Raises CreditNotFound.

    An answer can be changed; to give the same one again changes nothing.
    """
    found = required(await queries.find_request(tx, credit_id, member.id), CreditNotFound)
    await queries.lock_items(tx, found.kind, [found.item_id])
    # What was read before may have been replaced meanwhile.
    found = required(await queries.find_request(tx, credit_id, member.id), CreditNotFound)
    await queries.update_state(tx, found.kind, credit_id, state)
    is_new = found.state is not CreditState.CONFIRMED and state is CreditState.CONFIRMED
    if is_new and found.role == ARTIST:
        await emit(tx, ArtistConfirmed(found.kind, found.item_id, found.profile.id))
    return show_request(structs.replace(found, state=state))


async def forget(tx: Tx, kind: CreditedKind, user_id: UserId) -> ForgottenCredits:
    """Take the names and links of an erased profile out of the credits of others.

    The names are what others wrote, but name a person: none of them is kept.
    """
    item_ids = await queries.list_credited_ids(tx, kind, user_id)
    await queries.lock_items(tx, kind, item_ids)
    names = await queries.update_forgotten(tx, kind, user_id, UNKNOWN)
    artists = await queries.list_artists(tx, kind, item_ids)
    lines = {
        item_id: write_line(rules.read_entered(rows)[0])
        for item_id, rows in groupby(artists, lambda row: row.item_id)
    }
    return ForgottenCredits(item_ids, lines, names)


async def _limit_pending(
    tx: Tx,
    item: CreditedItem,
    rows: list[StoredCredit],
    earlier: list[StoredCredit],
    *,
    refuses_full: bool,
) -> list[StoredCredit]:
    asked = rules.list_asked(rows, earlier).keys()
    if not asked:
        return rows
    counts = await queries.count_pending(tx, item.owner_id, asked)
    full = rules.find_full(rows, asked, counts)
    if full and refuses_full:
        raise TooManyPendingCredits
    return rules.unlink(rows, full)


async def _announce_asked(tx: Tx, item: CreditedItem, asked: Mapping[UserId, CreditId]) -> None:
    for user_id, credit_id in asked.items():
        event = CreditAsked(credit_id, item.kind, item.id, item.owner_id, user_id)
        await emit(tx, event)
