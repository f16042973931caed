"""Tip jars of profiles, and tips in orders."""

from collections.abc import Sequence

from msgspec import structs

from veza.core.access import Member
from veza.core.ids import UserId
from veza.core.money import ensure_currency
from veza.domains.marketplace.tips import queries
from veza.domains.marketplace.tips.errors import OwnTip, TipsNotTaken
from veza.domains.marketplace.tips.models import NewTip, OrderedTip, TipForm, TipJarForm
from veza.domains.platform.mail.rules.cleaning import clean_lines
from veza.infra.postgres.database import Tx


async def set_jar(tx: Tx, profile: Member, form: TipJarForm) -> None:
    """Store whether a profile takes tips. Raises Invalid for a currency that is not paid out."""
    ensure_currency(form.currency)
    await queries.upsert_jar(tx, profile.id, structs.replace(form, thanks=clean_lines(form.thanks)))


async def lock_tips(tx: Tx, forms: Sequence[TipForm], buyer_id: UserId | None) -> list[OrderedTip]:
    """Lock the jars of tips; return what is ordered. Members are locked before products.

    Raises OwnTip and TipsNotTaken.
    """
    if not forms:
        return []
    profile_ids = sorted({UserId(form.profile_id) for form in forms})
    if buyer_id in profile_ids:
        raise OwnTip
    jars = {jar.profile_id: jar for jar in await queries.lock_open_jars(tx, profile_ids)}
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
