"""Tip jars of profiles, and tips in orders."""

from collections.abc import Sequence

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import OrderId, UserId
from veza.core.money import ensure_currency
from veza.core.pages import Cursor, cut
from veza.core.structs import copy_fields
from veza.domains.marketplace.tips import queries, rules
from veza.domains.marketplace.tips.errors import OwnTip, TipsNotTaken
from veza.domains.marketplace.tips.models import (
    NewTip,
    OrderedTip,
    PublicJar,
    ReceivedTipPage,
    TipForm,
    TipJar,
    TipJarForm,
)
from veza.domains.platform.mail.rules.cleaning import clean_lines
from veza.infra.postgres.database import Conn, Tx


async def get_jar(conn: Conn, profile: Member) -> TipJar:
    """Return the jar of one's own profile: a closed one, if it has made none."""
    return await queries.find_jar(conn, profile.id) or rules.CLOSED


async def set_jar(tx: Tx, profile: Member, form: TipJarForm) -> TipJar:
    """Store whether a profile takes tips.

    Raises Invalid for a currency that is not paid out, and Unauthenticated if the profile is gone.
    """
    ensure_currency(form.currency)
    if not await queries.lock_profile(tx, profile.id):
        raise Unauthenticated
    cleaned = structs.replace(form, thanks=clean_lines(form.thanks))
    await queries.upsert_jar(tx, profile.id, cleaned)
    return copy_fields(TipJar, cleaned)


async def get_public_jar(conn: Conn, profile_id: UserId, viewer: Member | None) -> PublicJar:
    """Return the jar of a profile that takes tips of a viewer. Raises TipsNotTaken."""
    found = await queries.find_public_jar(conn, profile_id, viewer and viewer.id)
    return rules.show_jar(required(found, TipsNotTaken))


async def list_received(
    conn: Conn, profile: Member, *, limit: int, cursor: Cursor | None
) -> ReceivedTipPage:
    """Return a page of the paid tips that one's own profile got, newest first."""
    found = await queries.list_received(conn, profile.id, limit, cursor)
    page, next_cursor = cut(found, limit, lambda tip: Cursor(tip.created_at, tip.order_id))
    shown = [rules.show_tip(tip) for tip in page]
    return ReceivedTipPage(shown, next_cursor, next_cursor is not None)


async def lock_tips(tx: Tx, forms: Sequence[TipForm], buyer_id: UserId | None) -> list[OrderedTip]:
    """Lock the jars of tips; return what is ordered. Members are locked before products.

    Raises OwnTip, and TipsNotTaken also if either of both blocks the other.
    """
    if not forms:
        return []
    profile_ids = sorted({UserId(form.profile_id) for form in forms})
    if buyer_id in profile_ids:
        raise OwnTip
    locked = await queries.lock_open_jars(tx, profile_ids, buyer_id)
    jars = {jar.profile_id: jar for jar in locked}
    if len(jars) < len(profile_ids):
        raise TipsNotTaken
    return [
        OrderedTip(
            jars[UserId(form.profile_id)], form.amount_cents, clean_lines(form.message) or None
        )
        for form in forms
    ]


async def insert(tx: Tx, tips: Sequence[NewTip]) -> None:
    """Store the messages of tips whose lines are stored."""
    await queries.insert_tips(tx, tips)


async def find_message(conn: Conn, order_id: OrderId) -> str | None:
    """Return the words of the one tip of an order, if it has any."""
    return await queries.find_message(conn, order_id)


async def forget_of_orders(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Forget what guests wrote with the tips of orders."""
    await queries.update_messages_of_orders_gone(tx, order_ids)
