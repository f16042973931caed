"""The field of forms that chooses the tier of an item."""

from typing import Annotated

from msgspec import Meta

from veza.core.ids import TierId

ForTier = Annotated[
    TierId,
    Meta(
        description="A tier of the same profile. Its members, and those of higher ones, have"
        " access whatever the visibility. Null: nobody besides.",
        examples=[None],
    ),
]
