"""Calendars of planned streams: of a profile for everybody, and of a member by a secret address."""

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import new_id
from veza.core.signed_urls import UrlSigner
from veza.domains.live import errors
from veza.domains.live.models.plans import CalendarFeed
from veza.domains.live.queries import calendars as queries
from veza.domains.live.rules import calendars, plans
from veza.domains.live.rules.calendars import Calendar
from veza.domains.live.service.stored_states import lock_owner
from veza.infra.postgres.database import Conn, Tx

PATH = "/feeds/calendars"


async def read_profile_calendar(conn: Conn, username: str) -> Calendar:
    """Return the calendar of the public streams of a profile. Raises CalendarNotFound."""
    found = await queries.find_calendar_owner(conn, username)
    owner = required(found, errors.CalendarNotFound)
    since = now() - plans.KEPT_IN_CALENDAR
    entries = await queries.list_public(conn, owner.id, since, limit=plans.MAX_IN_CALENDAR)
    return Calendar(owner.shown_name, entries)


async def read_member_calendar(
    conn: Conn, signer: UrlSigner, name: str, *, site_name: str
) -> Calendar:
    """Return the calendar of a member by the name of its file. Raises CalendarNotFound.

    It has what the member may see now.
    """
    user_id = calendars.read_name(name)
    stored = None if user_id is None else await queries.find_calendar(conn, user_id)
    if stored is None or not calendars.is_name_of(signer, stored, name):
        raise errors.CalendarNotFound
    since = now() - plans.KEPT_IN_CALENDAR
    entries = await queries.list_of_member(conn, stored.user_id, since, limit=plans.MAX_IN_CALENDAR)
    return Calendar(site_name, entries)


async def show_calendar(
    conn: Conn, signer: UrlSigner, member: Member, *, origin: str
) -> CalendarFeed:
    """Return the address of the caller's calendar, if they have one."""
    stored = await queries.find_calendar(conn, member.id)
    if stored is None:
        return CalendarFeed(None)
    return CalendarFeed(f"{origin}{PATH}/{calendars.write_name(signer, stored)}")


async def renew_calendar(tx: Tx, signer: UrlSigner, member: Member, *, origin: str) -> CalendarFeed:
    """Give the caller's calendar a new address; the one that it had ends."""
    await lock_owner(tx, member.id)
    await queries.update_calendar(tx, member.id, new_id())
    return await show_calendar(tx, signer, member, origin=origin)


async def delete_calendar(tx: Tx, member: Member) -> CalendarFeed:
    """End the address of the caller's calendar."""
    await queries.delete_calendar(tx, member.id)
    return CalendarFeed(None)
