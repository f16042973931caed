"""Announces proposals that others have to accept."""

from msgspec import Struct

from veza.core.ids import SplitId, UserId


class SplitProposed(Struct, frozen=True):
    """The owner of a product or a release, or a profile for its support, proposed a split."""

    split_id: SplitId
    owner_id: UserId
    awaited: list[UserId]
