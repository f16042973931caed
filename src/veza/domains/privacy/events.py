"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import ExportId, UserId


class ExportReady(Struct, frozen=True):
    """What a member asked for can be downloaded."""

    export_id: ExportId
    user_id: UserId
