"""Profiles manage their tiers, and visitors see those that take members."""

from msgspec import structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import TierId, UserId, new_id
from veza.core.money import ensure_currency
from veza.core.structs import copy_fields, merge
from veza.domains.marketplace.tiers import queries, rules
from veza.domains.marketplace.tiers.errors import IntervalNotOffered, TierNotFound, TooManyTiers
from veza.domains.marketplace.tiers.events import TierPriceRaised
from veza.domains.marketplace.tiers.models import (
    MAX_OPEN_TIERS,
    MAX_TIERS,
    BillingInterval,
    OpenTierList,
    Tier,
    TierChange,
    TierContent,
    TierForm,
    TierList,
    TierTarget,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def create(tx: Tx, profile: Member, form: TierForm) -> Tier:
    """Create a tier of the caller. Raises Invalid and TooManyTiers."""
    cleaned = rules.clean(form)
    ensure_currency(form.currency)
    await _lock_profile(tx, profile.id)
    if await queries.count_tiers(tx, profile.id, only_open=False) >= MAX_TIERS:
        raise TooManyTiers
    if form.is_open:
        await _ensure_few_open(tx, profile.id)
    target = TierTarget(TierId(new_id()), profile.id)
    await queries.insert_tier(tx, target, cleaned)
    return await _get(tx, target)


async def list_tiers(conn: Conn, profile: Member) -> TierList:
    """Return all tiers of the caller, by position."""
    return TierList(await queries.list_tiers(conn, profile.id))


async def list_open(conn: Conn, profile_id: UserId) -> OpenTierList:
    """Return the tiers of a profile that take members; none of one that is unknown or hidden."""
    return OpenTierList(await queries.list_open(conn, profile_id))


async def update(tx: Tx, target: TierTarget, change: TierChange) -> Tier:
    """Change a tier. A lower price holds for members from their next period on.

    A higher one is for new members, and for those who agree. Raises TierNotFound, TooManyTiers and
    Invalid.
    """
    await _lock_profile(tx, target.profile_id)
    stored = required(await queries.lock_tier(tx, target), TierNotFound)
    changed = copy_fields(Tier, rules.clean(merge(TierContent, stored, change)), **_fixed(stored))
    if changed.is_open and not stored.is_open:
        await _ensure_few_open(tx, target.profile_id)
    await queries.update_tier(tx, changed)
    if rules.is_dearer(stored, changed):
        await emit(tx, TierPriceRaised(target.id))
    return await _get(tx, target)


async def delete(tx: Tx, target: TierTarget) -> Tier:
    """Delete a tier. Raises TierNotFound.

    One that has ever had members, or has posts for them, only takes no new ones.
    """
    await _lock_profile(tx, target.profile_id)
    stored = required(await queries.lock_tier(tx, target), TierNotFound)
    if await queries.is_used(tx, target.id):
        await queries.update_tier(tx, structs.replace(stored, is_open=False))
        return await _get(tx, target)
    await queries.delete_tier(tx, target.id)
    return stored


async def lock_to_join(tx: Tx, tier_id: TierId, interval: BillingInterval) -> tuple[Tier, int]:
    """Lock a tier that takes members, and return it with its price.

    The caller has locked its profile. Raises TierNotFound and IntervalNotOffered.
    """
    tier = required(await queries.lock_to_join(tx, tier_id), TierNotFound)
    if not tier.is_open:
        raise TierNotFound
    return tier, required(tier.find_price(interval), IntervalNotOffered)


async def find_tier(conn: Conn, tier_id: TierId) -> Tier | None:
    """Return a tier of any profile, open or not."""
    return await queries.find_any_tier(conn, tier_id)


async def _lock_profile(tx: Tx, profile_id: UserId) -> None:
    if not await queries.lock_profile(tx, profile_id):
        raise Unauthenticated


async def _ensure_few_open(tx: Tx, profile_id: UserId) -> None:
    if await queries.count_tiers(tx, profile_id, only_open=True) >= MAX_OPEN_TIERS:
        raise TooManyTiers


async def _get(conn: Conn, target: TierTarget) -> Tier:
    return required(await queries.find_tier(conn, target), TierNotFound)


def _fixed(tier: Tier) -> dict[str, object]:
    """Return the fields of a tier that never change."""
    names = set(Tier.__struct_fields__) - set(TierContent.__struct_fields__)
    return {name: getattr(tier, name) for name in names}
