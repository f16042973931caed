"""Chooses recipients; kinds are on until switched off, for pushes apart."""

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import UserId
from veza.domains.notifications.preferences import queries, rules
from veza.domains.notifications.preferences.models import (
    ChannelPreferences,
    ChannelPreferencesChange,
    Channels,
    Digest,
    Preferences,
    PreferencesChange,
    StoredPreferences,
)
from veza.infra.postgres.database import Conn, Tx


async def get_preferences(conn: Conn, member: Member) -> Preferences:
    """Return the kinds of notifications that a member receives: by default all."""
    return rules.show_preferences(await queries.find_switched_off(conn, member.id))


async def change_preferences(tx: Tx, member: Member, change: PreferencesChange) -> Preferences:
    """Switch kinds of notifications on or off."""
    switched_off = await queries.update_switched_off(tx, member.id, rules.kinds_to_switch(change))
    # None if the account was deleted after the token was issued.
    return rules.show_preferences(required(switched_off, Unauthenticated))


async def get_channels(conn: Conn, user_id: UserId) -> ChannelPreferences:
    """Return where notifications of each kind arrive, and how often the summary comes."""
    stored = await queries.find_preferences(conn, user_id)
    return rules.show_channels(stored or StoredPreferences())


async def change_channels(
    tx: Tx, user_id: UserId, change: ChannelPreferencesChange
) -> ChannelPreferences:
    """Switch channels of kinds on or off, and choose how often the summary comes.

    Raises Invalid for a kind that nobody can switch off, and Unauthenticated for a member who is
    gone.
    """
    app, push, mail = (rules.channel_to_switch(change, name) for name in Channels.__struct_fields__)
    if not await queries.lock_member(tx, user_id):
        raise Unauthenticated
    if app.off or app.on:
        await queries.update_switched_off(tx, user_id, app)
    if push.off or push.on:
        await queries.update_switched_off(tx, user_id, push, "not_pushed")
    if mail.off or mail.on:
        await queries.update_mailed(tx, user_id, mail)
    if isinstance(change.digest, Digest):
        period = rules.DIGEST_PERIODS.get(change.digest)
        await queries.update_digest(tx, user_id, change.digest, period)
    return await get_channels(tx, user_id)


async def get_push_preferences(conn: Conn, member: Member) -> Preferences:
    """Return the kinds of notifications that are pushed to a member's devices: by default all."""
    return rules.show_preferences(await queries.find_switched_off(conn, member.id, "not_pushed"))


async def change_push_preferences(tx: Tx, member: Member, change: PreferencesChange) -> Preferences:
    """Switch the pushing of kinds of notifications on or off."""
    kinds = rules.kinds_to_switch(change)
    not_pushed = await queries.update_switched_off(tx, member.id, kinds, "not_pushed")
    return rules.show_preferences(required(not_pushed, Unauthenticated))
