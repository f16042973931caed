"""Announces an export that can be downloaded."""

from msgspec import Struct

from veza.core.ids import ExportId, UserId


class ExportReady(Struct, frozen=True):
    """An export can be downloaded."""

    export_id: ExportId
    user_id: UserId
