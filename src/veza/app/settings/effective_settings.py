"""The settings in effect, as the console shows them: their values and sources, but no secrets."""

import os
from collections.abc import Mapping
from enum import Enum
from typing import Any, cast

from msgspec.structs import FieldInfo, fields

from veza.app.settings.environment import FILE_SUFFIX, PREFIX, may_hold_secret, meaning_of
from veza.app.settings.settings import Settings
from veza.domains.platform.monitoring.models import EffectiveSetting, SettingList, SettingSource


def list_effective(settings: Settings, environ: Mapping[str, str] | None = None) -> SettingList:
    """Return all settings with their values, except for those that may hold secrets."""
    environ = os.environ if environ is None else environ
    return SettingList([_describe(field, settings, environ) for field in fields(Settings)])


def _describe(field: FieldInfo, settings: Settings, environ: Mapping[str, str]) -> EffectiveSetting:
    name = PREFIX + field.name.upper()
    value = getattr(settings, field.name)
    is_hidden = may_hold_secret(name)
    is_set = value is not None and value != []
    return EffectiveSetting(
        name=name,
        description=meaning_of(field.type),
        source=_find_source(name, environ),
        is_hidden=is_hidden,
        is_set=is_set,
        value=_write(value) if is_set and not is_hidden else None,
    )


def _find_source(name: str, environ: Mapping[str, str]) -> SettingSource:
    if environ.get(name, "") != "":
        return SettingSource.ENVIRONMENT
    if environ.get(name + FILE_SUFFIX, "") != "":
        return SettingSource.FILE
    return SettingSource.DEFAULT


def _write(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_write(each) for each in cast("list[Any]", value))
    return str(value.value if isinstance(value, Enum) else value)
