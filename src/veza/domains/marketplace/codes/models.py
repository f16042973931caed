"""Download codes: requests, rows and responses."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.clock import Moment
from veza.core.ids import CodeBatchId, OrderId, OrderItemId, ProductId, UserId
from veza.core.languages import Language
from veza.domains.auth.accounts.models import Email

MAX_CODES = 1_000
MAX_BATCHES = 100

CodesCount = Annotated[int, Meta(ge=1, le=MAX_CODES, examples=[100])]
Label = Annotated[str, Meta(min_length=1, max_length=100, examples=["Vinyl, first pressing"])]
ExpiresAt = Annotated[
    Moment, Meta(description="Until when the codes can be redeemed.", examples=[None])
]
CodeText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="As printed. Case, spaces and hyphens don't matter.",
        examples=["7KQ2M-0XH5T-9RBVW-C4D3Z"],
    ),
]


class CodeBatchForm(Struct, frozen=True):
    """New codes for a product."""

    count: CodesCount
    label: Label
    expires_at: ExpiresAt | None = None


class CodeForm(Struct, frozen=True):
    """A code to redeem; without credentials, for the address `email`, in `language`."""

    code: CodeText
    email: Annotated[Email | None, Meta(examples=[None])] = None
    language: Annotated[Language | None, Meta(examples=[None])] = None


class OpenGiftForm(Struct, frozen=True):
    """The code of a gift."""

    code: CodeText


class CodeBatch(Struct, frozen=True):
    """A batch of codes, and how many of them are used.

    Of a batch with `revoked_at` the unused codes were deleted.
    """

    id: CodeBatchId
    product_id: ProductId
    label: str | None
    codes_count: int
    used_count: int
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


class CreatedCodeBatch(CodeBatch, frozen=True):
    """A new batch with its codes, which are shown only now: one by one, and as a CSV file."""

    codes: list[str]
    csv: str


class CodeBatchList(Struct, frozen=True):
    """The batches of a product, newest first."""

    batches: list[CodeBatch]


class NewCodeBatch(Struct, frozen=True):
    """A batch to insert."""

    id: CodeBatchId
    product_id: ProductId
    label: str
    codes_count: int
    expires_at: datetime | None


class StoredCode(Struct, frozen=True):
    """A code, locked with its batch. It is used if it has an order, whose buyer may be erased.

    `email_key` is the address of the guest who redeemed it, as it is compared.
    """

    batch_id: CodeBatchId
    is_expired: bool
    order_id: OrderId | None
    buyer_id: UserId | None
    email_key: str | None


class RedeemedCode(Struct, frozen=True):
    """A code that a member redeemed, in the export of their data."""

    item_id: OrderItemId
    order_id: OrderId
    title: str
    redeemed_at: datetime


class PersonalCodes(Struct, frozen=True):
    """The batches of a seller's products, and the codes that a member redeemed."""

    batches: list[CodeBatch]
    redeemed: list[RedeemedCode]
