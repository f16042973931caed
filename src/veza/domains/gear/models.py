"""The nouns of the domain, as they are stored and as they are shown."""

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
Category = Annotated[str, Meta(max_length=100, description="Any word.", examples=["synthesizer"])]
Word = Annotated[str, Meta(max_length=200)]
Notes = Annotated[str, Meta(max_length=5000)]
Price = Annotated[int, Meta(ge=0, le=MAX_CENTS, description="What it cost.", examples=[90000])]
Day = Annotated[date, Meta(description="As RFC 3339 has it.", examples=["2026-02-15"])]
LastDay = Annotated[
    date, Meta(description="The last day on which it holds.", examples=["2028-02-14"])
]
Cost = Annotated[int, Meta(ge=0, le=MAX_CENTS, examples=[8500])]
RepairText = Annotated[str, Meta(min_length=1, max_length=5000, examples=["Voice chips replaced."])]
DocumentType = Annotated[
    str,
    Meta(
        max_length=50,
        description="What it is, in any word: `invoice`, `manual`, `warranty`, `photo`.",
        examples=["invoice"],
    ),
]


class GearForm(Struct, frozen=True):
    """All that its owner says of an item."""

    name: Name
    category: Category = ""
    brand: Word = ""
    model: Word = ""
    serial_number: Word = ""
    bought_on: Day | None = None
    price_cents: Price | None = None
    currency: Currency = "EUR"
    warranty_until: LastDay | None = None
    notes: Notes = ""


class GearChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is."""

    name: Name | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    brand: Word | UnsetType = UNSET
    model: Word | UnsetType = UNSET
    serial_number: Word | UnsetType = UNSET
    bought_on: Day | UnsetType | None = UNSET
    price_cents: Price | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    warranty_until: LastDay | UnsetType | None = UNSET
    notes: Notes | UnsetType = UNSET


class NewGear(Struct, frozen=True):
    """What is written for a new item."""

    id: GearId
    owner_id: UserId
    form: GearForm
    search_text: str


class StoredGear(Struct, frozen=True):
    """An item as it is stored, and how many documents it has."""

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
    created_at: datetime
    updated_at: datetime


class RepairTotal(Struct, frozen=True):
    """How many repairs of an item were paid in a currency, and what they cost together."""

    gear_id: GearId
    currency: str
    repairs: int
    cents: int


class Amount(Struct, frozen=True):
    """A sum in one currency."""

    currency: str
    cents: int


class Gear(Struct, frozen=True):
    """An item as its owner sees it, with what its repairs cost, a sum for each currency."""

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
    """One page of one's gear, the latest first."""

    gear: list[Gear]
    next_cursor: str | None
    has_more: bool


class GearQuery(Struct, frozen=True):
    """Which of one's gear is asked for; without words and category it is all."""

    limit: int = 20
    cursor: Cursor | None = None
    words: list[str] = []
    category: str | None = None


class Holdings(Struct, frozen=True):
    """What somebody has, in numbers."""

    gear_count: int
    documents_count: int
    documents_bytes: int
    under_warranty_count: int
    ending_soon_count: int


class Worth(Struct, frozen=True):
    """What was paid in one currency: for the items themselves, and for their repairs."""

    currency: str
    price_cents: int
    repair_cents: int


class Inventory(Struct, frozen=True):
    """All one's gear in numbers; `ending_soon_count` warranties end within 30 days."""

    gear_count: int
    documents_count: int
    documents_bytes: int
    under_warranty_count: int
    ending_soon_count: int
    worth: list[Worth]


class DeletedGear(Struct, frozen=True):
    """Which item was deleted."""

    id: GearId


class RepairForm(Struct, frozen=True):
    """All that is said of a repair."""

    repair_date: Day
    description: RepairText
    cost_cents: Cost = 0
    currency: Currency = "EUR"
    provider: Word = ""


class RepairChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is."""

    repair_date: Day | UnsetType = UNSET
    description: RepairText | UnsetType = UNSET
    cost_cents: Cost | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    provider: Word | UnsetType = UNSET


class Repair(Struct, frozen=True):
    """A repair of an item, and how many documents are of it alone."""

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
    """One page of repairs, the last first; how many there are, and what all cost together."""

    repairs: list[Repair]
    total: int
    costs: list[Amount]
    next_cursor: str | None
    has_more: bool


class DeletedRepair(Struct, frozen=True):
    """Which repair was deleted."""

    id: RepairId


class DocumentForm(Struct, frozen=True):
    """What is said of a document, beside the file: `repair_id` where it is of a repair."""

    type: DocumentType = "other"
    repair_id: RepairId | None = None


class DocumentPlace(Struct, frozen=True):
    """Which document of which item."""

    gear_id: GearId
    document_id: GearDocumentId


class StoredFile(Struct, frozen=True):
    """What was stored of an upload."""

    place: DocumentPlace
    name: str
    content_type: str
    size_bytes: int
    sha256: str


class StoredDocument(Struct, frozen=True):
    """A document as it is stored, and as its owner is handed it out."""

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
    """A document as it is shown. Its URL needs no token, and lasts for an hour."""

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
    """One page of documents, the latest first."""

    documents: list[GearDocument]
    next_cursor: str | None
    has_more: bool


class DocumentQuery(Struct, frozen=True):
    """Which documents of an item are asked for: all, or those of one repair."""

    limit: int = 20
    cursor: Cursor | None = None
    repair_id: RepairId | None = None


class DeletedGearDocument(Struct, frozen=True):
    """Which document was deleted."""

    id: GearDocumentId


class EndingWarranty(Struct, frozen=True):
    """An item whose warranty is about to end, and whose it is."""

    gear_id: GearId
    owner_id: UserId


class OwnGear(Struct, frozen=True):
    """An item as its owner is handed it out with their data."""

    gear: StoredGear
    repairs: list[Repair]
    documents: list[StoredDocument]


class GearFigures(Struct, frozen=True):
    """How many items there are, and what their documents take."""

    total: int
    files_bytes: int


class DeleteGearFiles(Struct, frozen=True):
    """Have the documents of items deleted that are gone."""

    gear_ids: list[GearId]


class DeleteGearDocument(Struct, frozen=True):
    """Have the file of a document deleted that is gone, of an item that stays."""

    place: DocumentPlace
