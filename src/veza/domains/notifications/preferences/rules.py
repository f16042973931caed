"""Every kind is on until it is switched off; a change names only what it switches."""

from collections.abc import Collection

from msgspec import structs

from veza.domains.notifications.preferences.models import (
    NotificationKind,
    Preferences,
    PreferencesChange,
    SwitchedKinds,
)


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
