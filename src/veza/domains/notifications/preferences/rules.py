"""Pure functions of notification preferences."""

from collections.abc import Collection

from msgspec import structs

from veza.domains.notifications.preferences.models import (
    NotificationKind,
    Preferences,
    PreferencesChange,
)


def show_preferences(switched_off: Collection[NotificationKind]) -> Preferences:
    """Return for each kind that can be switched off whether it is on."""
    kinds = Preferences.__struct_fields__
    return Preferences(**{kind: kind not in switched_off for kind in kinds})


def kinds_to_switch(change: PreferencesChange, *, on: bool) -> list[NotificationKind]:
    """Return the kinds that a change switches on, or those that it switches off."""
    fields = structs.asdict(change).items()
    return [NotificationKind(kind) for kind, value in fields if value is on]
