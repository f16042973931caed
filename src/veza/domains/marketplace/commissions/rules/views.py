"""A commission as each party sees it: what is taken down, or given back, is left out."""

from collections.abc import Sequence
from datetime import datetime

from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.takedowns import show_taken_down
from veza.domains.auth.accounts.models import name_member
from veza.domains.marketplace.commissions.errors import CommissionFileNotFound
from veza.domains.marketplace.commissions.models import (
    Commission,
    CommissionEntry,
    CommissionFile,
    CommissionState,
    CommissionStatus,
    CommissionSummary,
    CommissionTerms,
    EntryKind,
    Party,
    ServedFile,
    StoredCommission,
    StoredCommissionEntry,
    StoredCommissionFile,
)
from veza.domains.marketplace.commissions.rules import states


def summarize(stored: StoredCommission, role: Party, moment: datetime) -> CommissionSummary:
    """Return a commission in a list."""
    is_working = stored.status is CommissionStatus.IN_PROGRESS
    return copy_fields(
        CommissionSummary,
        stored,
        role=role,
        buyer=name_member(stored.buyer_id, stored.buyer_name, stored.buyer_appearance),
        seller=name_member(stored.seller_id, stored.seller_name, stored.seller_appearance),
        # Time doesn't accept a delivery that is taken down.
        due_at=None if states.is_held(stored) else stored.due_at,
        is_overdue=is_working and stored.due_at is not None and stored.due_at < moment,
    )


def show(
    stored: StoredCommission,
    entries: Sequence[StoredCommissionEntry],
    role: Party,
    *,
    moment: datetime,
    urls: UrlBuilder,
) -> Commission:
    """Return a commission as a party sees it."""
    return copy_fields(
        Commission,
        summarize(stored, role, moment),
        terms=copy_fields(CommissionTerms, stored),
        revisions_left=stored.revisions - stored.revisions_used,
        is_cancel_asked=stored.is_cancel_asked,
        accepted_after_days=states.ACCEPTED_AFTER.days,
        steps=states.list_steps(stored, role, moment),
        entries=[_show_entry(stored, entry, role, urls) for entry in entries],
    )


def ensure_may_open(commission: CommissionState, file: ServedFile, role: Party) -> None:
    """Raise CommissionFileNotFound unless a party gets a file."""
    if not _may_open(commission, file, role):
        raise CommissionFileNotFound


def _may_open(
    commission: CommissionState, sent: StoredCommissionEntry | ServedFile, role: Party
) -> bool:
    """Return whether a party gets the files of what was sent.

    With the money a buyer gives back what the seller sent, as what products sell. A delivery that
    is taken down stays theirs until then, unless staff takes it from buyers.
    """
    is_returned = commission.status is CommissionStatus.CANCELLED and role is Party.BUYER
    is_kept = role is Party.BUYER and sent.kind is EntryKind.DELIVERY and not sent.is_revoked
    return (is_kept or _may_read(sent, role)) and not (is_returned and sent.party is Party.SELLER)


def _may_read(sent: StoredCommissionEntry | ServedFile, role: Party) -> bool:
    """Return whether a party sees what was sent: what is taken down only its author and staff."""
    return not sent.is_taken_down or role in {sent.party, Party.STAFF}


def _show_entry(
    commission: CommissionState, entry: StoredCommissionEntry, role: Party, urls: UrlBuilder
) -> CommissionEntry:
    place = f"{urls.base}/commissions/{commission.id}/files"
    has_files = _may_open(commission, entry, role)
    is_own = entry.party is role
    return copy_fields(
        CommissionEntry,
        entry,
        words=entry.words if _may_read(entry, role) else "",
        files=[_show_file(file, place) for file in entry.files if has_files],
        taken_down=show_taken_down(entry.taken_down if is_own else None, urls.base),
    )


def _show_file(file: StoredCommissionFile, place: str) -> CommissionFile:
    # Not signed: the file is for clients that send their token.
    return copy_fields(CommissionFile, file, url=f"{place}/{file.id}")
