"""Propose, accept and decline versions of splits, and return the parts that sales are split by."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct, structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import ProductId, ProfileId, SplitId, UserId, new_id
from veza.core.pages import ensure_within_reach
from veza.core.profiles import NotYourProfile, Right
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.models.products import PurchasableProduct
from veza.domains.marketplace.splits import rules
from veza.domains.marketplace.splits.errors import SplitChanged, SplitNotFound
from veza.domains.marketplace.splits.events import SplitProposed
from veza.domains.marketplace.splits.models import (
    DefaultSplit,
    DefaultSplitForm,
    NewSplit,
    OwnSplits,
    SplitForm,
    SplitPartForm,
    Splits,
    SplitsQuery,
    SplitStatus,
    SplitSubject,
    SplitTarget,
    StoredSplit,
)
from veza.domains.marketplace.splits.queries import defaults, targets
from veza.domains.marketplace.splits.queries import versions as queries
from veza.domains.music.releases.service import releases
from veza.domains.profiles.service import members as profiles
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


class _Versions(Struct, frozen=True):
    """The subject of a split, its current version, and the proposed one, if any."""

    subject: SplitSubject
    current: StoredSplit | None
    proposal: StoredSplit | None


async def get_splits(conn: Conn, target: SplitTarget, member: Member) -> Splits:
    """Return the parts of a product, a release or a profile's support, and the proposed ones.

    Raises SplitNotFound for all but its parties.
    """
    return await _show(conn, target, member, await _read_as_party(conn, target, member))


async def list_own(conn: Conn, member: Member, query: SplitsQuery) -> OwnSplits:
    """Return what a member has a part of, or is to have one, newest first. Raises PageTooFar."""
    ensure_within_reach(query.offset, query.limit)
    return OwnSplits(await queries.list_own(conn, member.id, query))


async def propose(tx: Tx, target: SplitTarget, owner: Member, form: SplitForm) -> Splits:
    """Propose a version; it holds at once if nobody but its owner gains or loses by it.

    The former proposal is replaced, unless it is the same. Raises Invalid, and the errors of a
    product, release or profile that isn't the member's own.
    """
    rules.ensure_whole(form.parts)
    # Before what is split, in the order of an erasure.
    profile_ids = [part.profile_id for part in form.parts]
    known = await queries.lock_parties(tx, owner.id, [owner.id, *profile_ids])
    if owner.id not in known:
        # The token outlived the account.
        raise Unauthenticated
    await _lock_own(tx, target, owner)
    rules.ensure_known(form.parts, known)
    await queries.lock_open(tx, target)
    before = await _read(tx, target)
    if before.proposal is None or not _is_proposed(before.proposal, form.parts):
        if before.proposal is not None:
            await queries.delete_split(tx, before.proposal.id)
        whole = rules.divide_whole(before.current, owner.id)
        affected = rules.list_affected(whole, form.parts)
        await _insert(tx, NewSplit(SplitId(new_id()), target, form.parts), owner.id, affected)
    await _accept_if_whole(tx, target, await _read(tx, target))
    return await get_splits(tx, target, owner)


async def accept(tx: Tx, target: SplitTarget, member: Member, split_id: SplitId | None) -> Splits:
    """Accept the proposed version, which holds once all who gain or lose by it have.

    Accepting twice is the same as once. Raises SplitChanged if the version isn't proposed any more,
    and as `get_splits` does.
    """
    await _lock_to_answer(tx, target, member)
    found = await _read_as_party(tx, target, member)
    is_held = split_id is not None and found.current is not None and found.current.id == split_id
    if is_held:
        # The last of them was accepted by this member before.
        return await _show(tx, target, member, found)
    _ensure_meant(found, split_id)
    proposal = found.proposal
    if proposal is None:
        return await _show(tx, target, member, found)
    if proposal.status is not SplitStatus.PROPOSED:
        raise SplitChanged
    if member.id in _list_awaited(found):
        await queries.insert_acceptance(tx, proposal.id, member.id)
        accepted = structs.replace(proposal, accepted_by=[*proposal.accepted_by, member.id])
        found = structs.replace(found, proposal=accepted)
    await _accept_if_whole(tx, target, found)
    return await get_splits(tx, target, member)


async def decline(tx: Tx, target: SplitTarget, member: Member, split_id: SplitId | None) -> Splits:
    """Decline the proposed version: what holds stays. Raises as `accept` does.

    Only those who gain or lose by it can, and its owner.
    """
    await _lock_to_answer(tx, target, member)
    found = await _read_as_party(tx, target, member)
    _ensure_meant(found, split_id)
    proposal = found.proposal
    if proposal is None:
        raise SplitChanged
    if not rules.may_answer(member.id, found.subject, found.current, proposal):
        raise SplitNotFound
    await queries.update_declined(tx, proposal.id)
    declined = structs.replace(proposal, status=SplitStatus.DECLINED)
    return await _show(tx, target, member, structs.replace(found, proposal=declined))


async def get_default(conn: Conn, profile_id: ProfileId, member: Member) -> DefaultSplit:
    """Return what a profile proposes for what is new. Raises ProfileNotFound, NotYourProfile."""
    await profiles.ensure_may(conn, profile_id, member, Right.MONEY)
    return DefaultSplit(await defaults.list_parts(conn, UserId(profile_id)))


async def set_default(
    tx: Tx, profile_id: ProfileId, member: Member, form: DefaultSplitForm
) -> DefaultSplit:
    """Store the parts that a profile proposes for each new product and release, or none.

    What is there already keeps its parts. Raises Invalid, ProfileNotFound and NotYourProfile.
    """
    await profiles.ensure_may(tx, profile_id, member, Right.MONEY)
    owner_id = UserId(profile_id)
    if form.parts:
        rules.ensure_whole(form.parts)
        party_ids = [part.profile_id for part in form.parts]
        rules.ensure_known(form.parts, await queries.lock_parties(tx, owner_id, party_ids))
    await targets.lock_profile(tx, owner_id)
    await defaults.delete_parts(tx, owner_id)
    await defaults.insert_parts(tx, owner_id, form.parts)
    return await get_default(tx, profile_id, member)


async def propose_default(tx: Tx, target: SplitTarget, owner_id: UserId) -> None:
    """Propose a profile's default split for a new product or release of its own.

    Nothing is proposed for what has a split or a proposal already, and for a product that is a
    release, as it has that of the release. Parties that the profile can't name any more have no
    part: it is the profile's own.
    """
    parts = await defaults.list_parts(tx, owner_id)
    party_ids = [part.profile_id for part in parts if part.profile_id is not None]
    known = await queries.lock_parties(tx, owner_id, [owner_id, *party_ids]) if parts else []
    if owner_id not in known:
        return
    await _lock_target(tx, target)
    subject = await _find_new(tx, target)
    if subject is None or subject.owner is None or subject.owner.id != owner_id:
        return
    wanted = rules.divide_default(parts, owner_id, known)
    has_split = await queries.find_open(tx, target) or await queries.find_accepted(
        tx, target, subject.inherited_id
    )
    if has_split or subject.inherited_id is not None:
        return
    affected = rules.list_affected(rules.divide_whole(None, owner_id), wanted)
    await _insert(tx, NewSplit(SplitId(new_id()), target, wanted), owner_id, affected)


async def lock_parts(
    tx: Tx, sold: Sequence[PurchasableProduct]
) -> Mapping[ProductId, Sequence[SplitPartForm]]:
    """Return the parts by which locked products are sold now, and lock the parties.

    What was the part of an erased party is the seller's.
    """
    accepted = await queries.list_accepted(tx, [product.id for product in sold])
    gone = await _lock_parties(tx, _list_parties(accepted.values()))
    return {
        product.id: rules.divide_whole(accepted.get(str(product.id)), product.seller_id, gone=gone)
        for product in sold
    }


async def lock_support_parts(
    tx: Tx, profile_ids: Sequence[UserId]
) -> Mapping[UserId, Sequence[SplitPartForm]]:
    """Return the parts by which the support of profiles is split now; lock these and the parties.

    What was the part of an erased party is the profile's; without a split all is. Profiles that are
    erased are left out.
    """
    accepted = await queries.list_accepted_support(tx, profile_ids)
    gone = await _lock_parties(tx, {*profile_ids, *_list_parties(accepted.values())})
    return {
        profile_id: rules.divide_whole(accepted.get(profile_id), profile_id, gone=gone)
        for profile_id in profile_ids
        if profile_id not in gone
    }


def _list_parties(splits: Iterable[StoredSplit]) -> set[UserId]:
    parties = {part.profile_id for split in splits for part in split.parts}
    return {profile_id for profile_id in parties if profile_id is not None}


async def _lock_parties(tx: Tx, profile_ids: Collection[UserId]) -> set[UserId]:
    """Lock profiles, and return those of them that are erased."""
    existing = await queries.lock_existing(tx, sorted(profile_ids)) if profile_ids else []
    return set(profile_ids).difference(existing)


async def _lock_to_answer(tx: Tx, target: SplitTarget, member: Member) -> None:
    """Lock a member, and then what they answer to, in the order of an erasure.

    Versions are replaced and deleted, so the product, release or profile itself is locked before.
    """
    if not await queries.lock_existing(tx, [member.id]):
        # The token outlived the account.
        raise Unauthenticated
    await _lock_target(tx, target)


async def _lock_target(tx: Tx, target: SplitTarget) -> None:
    if target.product_id is not None:
        await targets.lock_product(tx, target.product_id)
    if target.release_id is not None:
        await targets.lock_release(tx, target.release_id)
    if target.profile_id is not None:
        await targets.lock_profile(tx, target.profile_id)
    await queries.lock_open(tx, target)


async def _insert(tx: Tx, split: NewSplit, owner_id: UserId, affected: Sequence[UserId]) -> None:
    """Insert a version, which its owner accepts by proposing it, if it affects anybody."""
    if not affected:
        return
    await queries.insert_split(tx, split)
    await queries.insert_parts(tx, split)
    await queries.insert_acceptance(tx, split.id, owner_id)
    if awaited := [party for party in affected if party != owner_id]:
        await emit(tx, SplitProposed(split.id, owner_id, awaited))


async def _accept_if_whole(tx: Tx, target: SplitTarget, found: _Versions) -> None:
    """Replace the version in force by the proposed one, once all whom it affects accepted it."""
    proposal = found.proposal
    if proposal is None or found.subject.owner is None:
        return
    if proposal.status is SplitStatus.PROPOSED and not _list_awaited(found):
        await queries.update_replaced(tx, target)
        await queries.update_accepted(tx, proposal.id)


async def _read(conn: Conn, target: SplitTarget) -> _Versions:
    subject = await _find_subject(conn, target)
    current = await queries.find_accepted(conn, target, subject.inherited_id)
    return _Versions(subject, current, await queries.find_open(conn, target))


async def _read_as_party(conn: Conn, target: SplitTarget, member: Member) -> _Versions:
    """Return the versions that a member is a party of. Raises SplitNotFound."""
    found = await _read(conn, target)
    if not rules.is_party(member.id, found.subject, found.current, found.proposal):
        raise SplitNotFound
    return found


async def _show(conn: Conn, target: SplitTarget, member: Member, found: _Versions) -> Splits:
    owner = found.subject.owner
    is_owner = owner is not None and owner.id == member.id
    former = await queries.list_former(conn, target, None if is_owner else member.id)
    return rules.show_splits(found.subject, found.current, proposal=found.proposal, former=former)


def _list_awaited(found: _Versions) -> list[UserId]:
    """Return who still has to accept the open version."""
    if found.proposal is None or found.subject.owner is None:
        return []
    return rules.list_awaited(found.proposal, found.current, found.subject.owner.id)


def _ensure_meant(found: _Versions, split_id: SplitId | None) -> None:
    """Raise SplitChanged if the open version is another one than is meant."""
    if split_id is not None and (found.proposal is None or found.proposal.id != split_id):
        raise SplitChanged


async def _find_subject(conn: Conn, target: SplitTarget) -> SplitSubject:
    """Return what is split. The error is that of strangers, so that ids can't be probed."""
    return required(await _find_new(conn, target), SplitNotFound)


async def _find_new(conn: Conn, target: SplitTarget) -> SplitSubject | None:
    if target.product_id is not None:
        return await targets.find_product(conn, target.product_id)
    if target.release_id is not None:
        return await targets.find_release(conn, target.release_id)
    assert target.profile_id is not None
    return await targets.find_profile(conn, target.profile_id)


async def _lock_own(tx: Tx, target: SplitTarget, owner: Member) -> None:
    if target.product_id is not None:
        await products.lock_own(tx, target.product_id, owner)
    if target.release_id is not None:
        await releases.lock_own(tx, target.release_id, owner)
    if target.profile_id is not None:
        await profiles.ensure_may(tx, ProfileId(target.profile_id), owner, Right.MONEY)
        if owner.id != target.profile_id:
            # A profile proposes and accepts itself, not one of its members.
            raise NotYourProfile
        await targets.lock_profile(tx, target.profile_id)


def _is_proposed(proposal: StoredSplit, parts: Sequence[SplitPartForm]) -> bool:
    stored = [(part.profile_id, part.parts_per_10000) for part in proposal.parts]
    wanted: list[tuple[UserId | None, int]] = [
        (part.profile_id, part.parts_per_10000) for part in parts
    ]
    return proposal.status is SplitStatus.PROPOSED and stored == wanted
