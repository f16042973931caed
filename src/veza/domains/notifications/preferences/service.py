"""Chooses recipients; kinds are on until switched off, for pushes apart."""

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.domains.notifications.preferences import queries, rules
from veza.domains.notifications.preferences.models import Preferences, PreferencesChange
from veza.infra.postgres.database import Conn, Tx


async def get_preferences(conn: Conn, member: Member) -> Preferences:
    """Return the kinds of notifications that a member receives: by default all."""
    return rules.show_preferences(await queries.find_switched_off(conn, member.id))


async def change_preferences(tx: Tx, member: Member, change: PreferencesChange) -> Preferences:
    """Switch kinds of notifications on or off."""
    switched_off = await queries.update_switched_off(tx, member.id, rules.kinds_to_switch(change))
    # None if the account was deleted after the token was issued.
    return rules.show_preferences(required(switched_off, Unauthenticated))


async def get_push_preferences(conn: Conn, member: Member) -> Preferences:
    """Return the kinds of notifications that are pushed to a member's devices: by default all."""
    return rules.show_preferences(await queries.find_switched_off(conn, member.id, "not_pushed"))


async def change_push_preferences(tx: Tx, member: Member, change: PreferencesChange) -> Preferences:
    """Switch the pushing of kinds of notifications on or off."""
    kinds = rules.kinds_to_switch(change)
    not_pushed = await queries.update_switched_off(tx, member.id, kinds, "not_pushed")
    return rules.show_preferences(required(not_pushed, Unauthenticated))
