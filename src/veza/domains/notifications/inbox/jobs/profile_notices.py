"""Profiles are notified of what they are asked: to take part, to confirm, and to share."""

from veza.core.ids import ReleaseId, TrackId, UserId
from veza.domains.marketplace.splits.events import SplitProposed
from veza.domains.music.credits.events import CreditAsked
from veza.domains.music.credits.models import CreditedKind
from veza.domains.notifications.inbox.models import NewNotification
from veza.domains.notifications.inbox.queries import creation
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.profiles.events import ProfileClaimed, ProfileInvited, RosterProposed
from veza.infra.postgres.database import Tx


async def notify_of_profile_invitation(tx: Tx, event: ProfileInvited) -> None:
    """Notify a member of an invitation to a profile; it goes with the invitation."""
    if await creation.lock_subject(tx, "profile_invitations", event.invitation_id):
        notification = NewNotification(
            event.profile_id,
            NotificationKind.PROFILE_INVITATION,
            event.invitation_id,
            profile_invitation_id=event.invitation_id,
        )
        await notify(tx, notification, [event.user_id])


async def notify_of_roster_proposal(tx: Tx, event: RosterProposed) -> None:
    """Notify an artist that a label asks them to be on its roster, until they answer."""
    if await creation.lock_subject(tx, "roster_entries", event.entry_id):
        notification = NewNotification(
            event.label_id,
            NotificationKind.ROSTER_PROPOSAL,
            event.entry_id,
            roster_entry_id=event.entry_id,
        )
        await notify(tx, notification, [event.profile_id])


async def notify_of_credit(tx: Tx, event: CreditAsked) -> None:
    """Notify a profile of credits to confirm, until it answers, once it may see the item."""
    is_track = event.kind is CreditedKind.TRACK
    if await creation.lock_subject(tx, "tracks" if is_track else "releases", event.item_id):
        notification = NewNotification(
            event.owner_id,
            NotificationKind.CREDIT_REQUEST,
            event.credit_id,
            track_id=TrackId(event.item_id) if is_track else None,
            release_id=None if is_track else ReleaseId(event.item_id),
        )
        await notify(tx, notification, [event.user_id])


async def notify_of_split(tx: Tx, event: SplitProposed) -> None:
    """Notify all who have to accept a split, until they answer; it goes with the proposal."""
    if await creation.lock_subject(tx, "splits", event.split_id):
        notification = NewNotification(
            event.owner_id,
            NotificationKind.SPLIT_PROPOSAL,
            event.split_id,
            split_id=event.split_id,
        )
        await notify(tx, notification, event.awaited)


async def notify_of_claim(tx: Tx, event: ProfileClaimed) -> None:
    """Notify a label that an artist claimed the page which it ran for them."""
    page_id = UserId(event.profile_id)
    if await creation.lock_subject(tx, "profiles", page_id):
        notification = NewNotification(page_id, NotificationKind.PROFILE_CLAIMED, page_id)
        await notify(tx, notification, [event.label_id])
