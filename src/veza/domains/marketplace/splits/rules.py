"""Which parts are valid, who has to accept them, and how splits are shown."""

from collections.abc import Collection, Sequence

from veza.core.errors import FieldError, Invalid
from veza.core.ids import UserId
from veza.core.structs import copy_fields
from veza.domains.marketplace.splits.models import (
    WHOLE,
    FormerSplit,
    SplitPart,
    SplitPartForm,
    SplitProposal,
    Splits,
    SplitStatus,
    SplitSubject,
    StoredSplit,
)

# Shown before somebody accepts.
RULE = (
    "Prices and the platform's fee are split by these parts, and so are refunds and disputes. What "
    "you were paid for a sale that is refunded or disputed later is taken back from your payout "
    "account. If that isn't possible, your balance is negative, and your next sales are kept back "
    "until they cover it."
)


def ensure_whole(parts: Sequence[SplitPartForm]) -> None:
    """Raise Invalid unless each profile is there once, and the parts add up to 10,000."""
    if len({part.profile_id for part in parts}) < len(parts):
        raise Invalid(details=[FieldError("parts", "Each profile can have one part.", "repeated")])
    total = sum(part.parts_per_10000 for part in parts)
    if total != WHOLE:
        sentence = f"The parts must add up to {WHOLE}: these are {total}."
        raise Invalid(details=[FieldError("parts", sentence, "not_the_whole")])


def ensure_known(parts: Sequence[SplitPartForm], known: Collection[UserId]) -> None:
    """Raise Invalid for the first profile that isn't known."""
    for place, part in enumerate(parts):
        if part.profile_id not in known:
            raise Invalid(
                details=[FieldError(f"parts[{place}].profile_id", "No such profile.", "id")]
            )


def divide_whole(
    split: StoredSplit | None, owner_id: UserId, *, gone: Collection[UserId] = ()
) -> list[SplitPartForm]:
    """Return the parts of those who are still there; the rest is the owner's.

    Without a split, all is the owner's. `gone` are profiles that were just erased.
    """
    stored = [] if split is None else split.parts
    parts = {
        part.profile_id: part.parts_per_10000
        for part in stored
        if part.profile_id is not None and part.profile_id not in gone
    }
    rest = WHOLE - sum(parts.values())
    if rest:
        parts[owner_id] = parts.get(owner_id, 0) + rest
    return [SplitPartForm(profile_id, each) for profile_id, each in parts.items()]


def divide_default(
    parts: Sequence[SplitPart], owner_id: UserId, known: Collection[UserId]
) -> list[SplitPartForm]:
    """Return the parts of a default split of parties that are known; the rest is the owner's."""
    kept = {
        part.profile_id: part.parts_per_10000
        for part in parts
        if part.profile_id is not None and part.profile_id in known
    }
    rest = WHOLE - sum(kept.values())
    if rest:
        kept[owner_id] = kept.get(owner_id, 0) + rest
    return [SplitPartForm(profile_id, each) for profile_id, each in kept.items()]


def list_affected(before: Sequence[SplitPartForm], after: Sequence[SplitPartForm]) -> list[UserId]:
    """Return who gains or loses by a change, removed parties included."""
    old = {part.profile_id: part.parts_per_10000 for part in before}
    new = {part.profile_id: part.parts_per_10000 for part in after}
    return [profile for profile in {**old, **new} if old.get(profile) != new.get(profile)]


def list_awaited(
    proposal: StoredSplit, current: StoredSplit | None, owner_id: UserId
) -> list[UserId]:
    """Return who still has to accept a proposal."""
    affected = list_affected(divide_whole(current, owner_id), divide_whole(proposal, owner_id))
    return [profile for profile in affected if profile not in proposal.accepted_by]


def is_party(member_id: UserId, subject: SplitSubject, *splits: StoredSplit | None) -> bool:
    """Return whether a member is the owner, or a party of one of the versions.

    Who lost their part by accepting a version is a party of it, too.
    """
    if subject.owner is not None and subject.owner.id == member_id:
        return True
    stored = [split for split in splits if split is not None]
    return any(
        member_id in {*split.accepted_by, *(part.profile_id for part in split.parts)}
        for split in stored
    )


def may_answer(
    member_id: UserId, subject: SplitSubject, current: StoredSplit | None, proposal: StoredSplit
) -> bool:
    """Return whether a member is the owner, or gains or loses by a proposal."""
    if subject.owner is None:
        return False
    owner_id = subject.owner.id
    affected = list_affected(divide_whole(current, owner_id), divide_whole(proposal, owner_id))
    return member_id in {owner_id, *affected}


def show_splits(
    subject: SplitSubject,
    current: StoredSplit | None,
    *,
    proposal: StoredSplit | None,
    former: list[FormerSplit],
) -> Splits:
    """Return what holds now, what is proposed and what held before, for the parties."""
    parts = [] if current is None else current.parts
    if current is None and subject.owner is not None:
        parts = [SplitPart(subject.owner.id, subject.owner, WHOLE)]
    return Splits(
        id=None if current is None else current.id,
        parts=parts,
        is_inherited=current is not None and current.release_id == subject.inherited_id is not None,
        accepted_at=None if current is None else current.accepted_at,
        proposal=None if proposal is None else _show_proposal(subject, current, proposal),
        former=former,
        rule=RULE,
    )


def _show_proposal(
    subject: SplitSubject, current: StoredSplit | None, proposal: StoredSplit
) -> SplitProposal:
    awaited: list[UserId] = []
    if subject.owner is not None and proposal.status is SplitStatus.PROPOSED:
        awaited = list_awaited(proposal, current, subject.owner.id)
    return copy_fields(SplitProposal, proposal, awaited=awaited)
