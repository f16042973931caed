"""Every kind is on until it is switched off; a change names only what it switches."""

from collections.abc import Collection
from datetime import timedelta

from msgspec import structs

from veza.core.errors import FieldError, Invalid
from veza.domains.notifications.preferences.models import (
    ChannelPreferences,
    ChannelPreferencesChange,
    Channels,
    Digest,
    NotificationKind,
    Preferences,
    PreferencesChange,
    StoredPreferences,
    SwitchedKinds,
)

KINDS = tuple(NotificationKind(kind) for kind in Preferences.__struct_fields__)
# What is mailed at once unless the member chose otherwise: what is about money, and what somebody
# waits for. All else is in the summary.
MAILED_BY_DEFAULT = frozenset(
    {
        NotificationKind.SALE,
        NotificationKind.SALE_REFUNDED,
        NotificationKind.TRANSFER_FAILED,
        NotificationKind.TRANSFER_REVERSED,
        NotificationKind.REFUND_MADE,
        NotificationKind.REFUND_FAILED,
        NotificationKind.PREORDER_DELIVERED,
        NotificationKind.COMMISSION_BRIEF,
        NotificationKind.COMMISSION_DELIVERED,
        NotificationKind.COMMISSION_CHANGED,
        NotificationKind.EXPORT_READY,
        NotificationKind.STREAM_SOON,
        NotificationKind.STREAM_CANCELLED,
        NotificationKind.RECORDING_EXPIRING,
        NotificationKind.ROSTER_PROPOSAL,
        NotificationKind.SPLIT_PROPOSAL,
    }
)
# That somebody was live, or was about to be, is no news in a summary.
_PASSING = {NotificationKind.WENT_LIVE, NotificationKind.STREAM_SOON}
KINDS_IN_DIGESTS = tuple(kind for kind in KINDS if kind not in _PASSING)
DIGEST_PERIODS = {Digest.DAILY: timedelta(days=1), Digest.WEEKLY: timedelta(days=7)}


def show_preferences(switched_off: Collection[NotificationKind]) -> Preferences:
    """Return for each kind that can be switched off whether it is on."""
    kinds = Preferences.__struct_fields__
    return Preferences(**{kind: kind not in switched_off for kind in kinds})


def kinds_to_switch(change: PreferencesChange) -> SwitchedKinds:
    """Return the kinds that a change switches off, and those that it switches on."""
    fields = structs.asdict(change).items()
    return SwitchedKinds(
        off=[NotificationKind(kind) for kind, value in fields if value is False],
        on=[NotificationKind(kind) for kind, value in fields if value is True],
    )


def show_channels(stored: StoredPreferences) -> ChannelPreferences:
    """Return for each kind where its notifications arrive."""
    return ChannelPreferences(
        {
            kind: Channels(
                app=kind not in stored.switched_off,
                push=kind not in stored.not_pushed,
                mail=is_mailed(stored, kind),
            )
            for kind in KINDS
        },
        stored.digest,
    )


def is_mailed(stored: StoredPreferences, kind: NotificationKind) -> bool:
    """Return whether notifications of a kind are mailed at once: by choice, else by default."""
    if kind in stored.mailed:
        return True
    return kind in MAILED_BY_DEFAULT and kind not in stored.not_mailed


def channel_to_switch(change: ChannelPreferencesChange, channel: str) -> SwitchedKinds:
    """Return the kinds that a change switches off and on in a channel.

    Raises Invalid for a kind that nobody can switch off.
    """
    for kind in change.kinds:
        if kind not in KINDS:
            message = "Notifications of this kind can't be switched off."
            raise Invalid(details=[FieldError(f"kinds.{kind}", message, "choice")])
    given = {kind: getattr(channels, channel) for kind, channels in change.kinds.items()}
    return SwitchedKinds(
        off=[kind for kind, is_on in given.items() if is_on is False],
        on=[kind for kind, is_on in given.items() if is_on is True],
    )
