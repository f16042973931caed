"""Decisions without I/O: which kinds are on, and which a change switches."""

from collections.abc import Collection

from msgspec import UNSET, structs

from veza.domains.notifications.preferences.models import (
    NotificationKind,
    Preferences,
    PreferencesChange,
)


def show_preferences(switched_off: Collection[NotificationKind]) -> Preferences:
    """Tell of each kind that can be switched whether it is on."""
    kinds = Preferences.__struct_fields__
    return Preferences(**{kind: kind not in switched_off for kind in kinds})


def kinds_to_switch(change: PreferencesChange, *, on: bool) -> list[NotificationKind]:
    """List the kinds that a change switches on, or off."""
    fields = structs.asdict(change).items()
    return [
        NotificationKind(kind) for kind, wanted in fields if wanted is not UNSET and wanted is on
    ]
