"""Items of gear, repairs and documents, and totals by currency."""

from datetime import date, datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import GearDocumentId, GearId, RepairId, UserId
from veza.core.money import MAX_CENTS, Currency
from veza.core.pages import Cursor

MAX_GEAR = 1_000
MAX_REPAIRS = 500
MAX_DOCUMENTS = 100
MAX_DOCUMENT_BYTES = 20 * 1024 * 1024

Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Juno-106"])]
Category = Annotated[str, Meta(max_length=100, description="Any text.", examples=["synthesizer"])]
GearText = Annotated[str, Meta(max_length=200)]
Notes = Annotated[str, Meta(max_length=5000)]
Price = Annotated[int, Meta(ge=0, le=MAX_CENTS, description="In cents.", examples=[90000])]
Day = Annotated[date, Meta(description="A date as in RFC 3339.", examples=["2026-02-15"])]
LastDay = Annotated[
    date, Meta(description="The last day of the warranty.", examples=["2028-02-14"])
]
Cost = Annotated[int, Meta(ge=0, le=MAX_CENTS, examples=[8500])]
RepairText = Annotated[str, Meta(min_length=1, max_length=5000, examples=["Voice chips replaced."])]
DocumentType = Annotated[
    str,
    Meta(
        max_length=50,
        description="The kind of document, such as `invoice`, `manual`, `warranty` or `photo`.",
        examples=["invoice"],
    ),
]


class GearForm(Struct, frozen=True):
    """The fields of an item."""

    name: Name
    category: Category = ""
    brand: GearText = ""
    model: GearText = ""
    serial_number: GearText = ""
    bought_on: Day | None = None
    price_cents: Price | None = None
    currency: Currency = "EUR"
    warranty_until: LastDay | None = None
    notes: Notes = ""


class GearChange(Struct, frozen=True):
    """A change of an item; omitted fields keep their values."""

    name: Name | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    brand: GearText | UnsetType = UNSET
    model: GearText | UnsetType = UNSET
    serial_number: GearText | UnsetType = UNSET
    bought_on: Day | UnsetType | None = UNSET
    price_cents: Price | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    warranty_until: LastDay | UnsetType | None = UNSET
    notes: Notes | UnsetType = UNSET


class Amount(Struct, frozen=True):
    """An amount in a currency."""

    currency: str
    cents: int


class Gear(Struct, frozen=True):
    """An item, and the total cost of its repairs in each currency."""

    id: GearId
    name: str
    category: str
    brand: str
    model: str
    serial_number: str
    bought_on: date | None
    price_cents: int | None
    currency: str
    warranty_until: date | None
    notes: str
    documents_count: int
    repairs_count: int
    repair_costs: list[Amount]
    created_at: datetime
    updated_at: datetime


class GearPage(Struct, frozen=True):
    """A page of gear, newest first."""

    gear: list[Gear]
    next_cursor: str | None
    has_more: bool


class GearQuery(Struct, frozen=True):
    """The parameters of a list of gear."""

    limit: int = 20
    cursor: Cursor | None = None
    words: list[str] = []
    category: str | None = None


class GearTotals(Struct, frozen=True):
    """The number of items and documents of a member; warranties are counted by their end."""

    gear_count: int
    documents_count: int
    documents_bytes: int
    under_warranty_count: int
    ending_soon_count: int


class Worth(Struct, frozen=True):
    """The total price of items, and the total cost of repairs, in a currency."""

    currency: str
    price_cents: int
    repair_cents: int


class Inventory(GearTotals, frozen=True):
    """Totals of a member's gear; `ending_soon_count` warranties end within 30 days."""

    worth: list[Worth]


class RepairForm(Struct, frozen=True):
    """The fields of a repair."""

    repair_date: Day
    description: RepairText
    cost_cents: Cost = 0
    currency: Currency = "EUR"
    provider: GearText = ""


class RepairChange(Struct, frozen=True):
    """A change of a repair; omitted fields keep their values."""

    repair_date: Day | UnsetType = UNSET
    description: RepairText | UnsetType = UNSET
    cost_cents: Cost | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    provider: GearText | UnsetType = UNSET


class Repair(Struct, frozen=True):
    """A repair of an item, and the number of its documents."""

    id: RepairId
    gear_id: GearId
    repair_date: date
    description: str
    cost_cents: int
    currency: str
    provider: str
    documents_count: int
    created_at: datetime
    updated_at: datetime


class RepairPage(Struct, frozen=True):
    """A page of repairs, newest first, with their number and their total cost."""

    repairs: list[Repair]
    total: int
    costs: list[Amount]
    next_cursor: str | None
    has_more: bool


class DocumentForm(Struct, frozen=True):
    """The fields of a document; `repair_id` if it belongs to a repair."""

    type: DocumentType = "other"
    repair_id: RepairId | None = None


class DocumentRef(Struct, frozen=True):
    """The ids of a document and its item."""

    gear_id: GearId
    document_id: GearDocumentId


class ReceivedDocument(Struct, frozen=True):
    """The file of a document that was received."""

    name: str
    content_type: str
    size_bytes: int
    sha256: str


class StoredDocument(Struct, frozen=True):
    """A document as stored, and as exported."""

    id: GearDocumentId
    gear_id: GearId
    repair_id: RepairId | None
    type: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    created_at: datetime


class GearDocument(Struct, frozen=True):
    """A document. Its URL needs no token, and is valid for an hour."""

    id: GearDocumentId
    gear_id: GearId
    repair_id: RepairId | None
    type: str
    name: str
    content_type: str
    size_bytes: int
    url: str
    created_at: datetime


class DocumentPage(Struct, frozen=True):
    """A page of documents, newest first."""

    documents: list[GearDocument]
    next_cursor: str | None
    has_more: bool


class DocumentQuery(Struct, frozen=True):
    """The parameters of a list of documents: of an item, or of a repair."""

    limit: int = 20
    cursor: Cursor | None = None
    repair_id: RepairId | None = None


class EndingWarranty(Struct, frozen=True):
    """An item whose warranty ends soon, and its owner."""

    gear_id: GearId
    owner_id: UserId


class ExportedGear(Struct, frozen=True):
    """An item in its owner's data export."""

    gear: Gear
    repairs: list[Repair]
    documents: list[StoredDocument]
