"""Variants of products as sellers send them, as stored, and as they were sold."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ProductFileId, ProductId, VariantId
from veza.core.prices import Price

MAX_VARIANTS = 6
MAX_VARIANT_FILES = 200

_MAX_COUNT = 1_000_000_000

VariantTitle = Annotated[str, Meta(min_length=1, max_length=40, examples=["Lease (WAV)"])]
Most = Annotated[int, Meta(ge=1, le=_MAX_COUNT, examples=[100_000])]
Years = Annotated[int, Meta(ge=1, le=100, examples=[5])]
CreditLine = Annotated[
    str, Meta(max_length=200, examples=["Produced by Ann"], description="How to name the seller.")
]
Clauses = Annotated[
    str,
    Meta(
        max_length=4000,
        description="What you add to the contract, in your words.",
        examples=["The beat may not be registered with Content ID."],
    ),
]


class VariantKind(StrEnum):
    """The kind of a variant.

    `lease`: for limited use. `stems`: with the separate tracks. `unlimited`: without limits.
    `exclusive`: sold once; then the product is withdrawn, and earlier buyers keep their licences.
    """

    LEASE = "lease"
    STEMS = "stems"
    UNLIMITED = "unlimited"
    EXCLUSIVE = "exclusive"


class VariantTerms(Struct, frozen=True):
    """The rights of the buyers of a variant. A limit is null if there is none.

    `years` counts from the day of the sale.
    """

    max_streams: Most | None = None
    max_copies: Most | None = None
    years: Years | None = None
    may_perform: bool = False
    may_use_in_video: bool = False
    may_broadcast: bool = False


class VariantForm(Struct, frozen=True):
    """A variant of a product: with its `id` the one that is there already, else a new one.

    `includes_contents`: its buyers get the original of the track, or the release, of the product.
    """

    kind: VariantKind
    title: VariantTitle
    price_cents: Price
    file_ids: Annotated[
        list[ProductFileId], Meta(max_length=MAX_VARIANT_FILES, description="Files of the product.")
    ] = []
    includes_contents: bool = False
    terms: VariantTerms = VariantTerms()
    credit_line: CreditLine = ""
    clauses: Clauses = ""
    id: Annotated[VariantId | None, Meta(examples=[None])] = None


class VariantsForm(Struct, frozen=True):
    """All variants of a product, in their order; none to sell it whole again."""

    variants: Annotated[list[VariantForm], Meta(max_length=MAX_VARIANTS)]


class Variant(Struct, frozen=True):
    """A variant of a product. The price is in the currency of the product, and includes VAT."""

    id: VariantId
    kind: VariantKind
    title: str
    price_cents: int
    file_ids: list[ProductFileId]
    includes_contents: bool
    terms: VariantTerms
    credit_line: str
    clauses: str


class StoredVariant(Variant, frozen=True, kw_only=True):
    """The row of a variant."""

    product_id: ProductId


class ProductVariants(Struct, frozen=True):
    """The variants of a product, in the order of the seller.

    `is_exclusive_held`: somebody has ordered the exclusive variant and not paid for it yet.
    """

    variants: list[Variant]
    is_exclusive_held: bool


class SoldVariant(Struct, frozen=True):
    """A variant as a line of an order keeps it: whatever becomes of it, this was sold.

    `work` is the title of the product, empty in some old orders.
    """

    id: VariantId
    kind: VariantKind
    title: str
    file_ids: list[ProductFileId]
    includes_contents: bool
    terms: VariantTerms
    credit_line: str
    clauses: str
    work: str = ""

    @property
    def is_exclusive(self) -> bool:
        """Return whether no other licence is sold after this one."""
        return self.kind is VariantKind.EXCLUSIVE


class ExportedVariant(Struct, frozen=True):
    """A variant in the data export of its seller."""

    id: VariantId
    product_id: ProductId
    kind: VariantKind
    title: str
    price_cents: int
    terms: VariantTerms
    credit_line: str
    clauses: str
