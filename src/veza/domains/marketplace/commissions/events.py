"""The event of a change to a commission, for the parties that did not make it."""

from msgspec import Struct

from veza.core.ids import OrderItemId, UserId
from veza.domains.marketplace.commissions.models import EntryKind


class CommissionMoved(Struct, frozen=True):
    """Something happened to a commission: `kind` is null when it begins."""

    commission_id: OrderItemId
    kind: EntryKind | None
    user_ids: list[UserId]
