"""Decisions without I/O: everything here can be tested with plain values."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from msgspec import UNSET, Struct, structs

from veza.core.errors import Fault, Invalid
from veza.core.ids import GearDocumentId, GearId
from veza.core.money import CURRENCIES
from veza.core.normalize import fold
from veza.core.pages import Cursor
from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.gear.models import (
    Amount,
    DocumentForm,
    DocumentPlace,
    Gear,
    GearDocument,
    GearForm,
    Holdings,
    Inventory,
    Repair,
    RepairForm,
    RepairTotal,
    StoredDocument,
    StoredGear,
    Worth,
)

# So long before a warranty ends its owner is told.
WARNED_BEFORE = timedelta(days=30)


def clean_gear(form: GearForm) -> GearForm:
    """Trim what is said of an item. Raises Invalid where it has no name, or no such currency is."""
    _ensure_currency(form.currency)
    lines = ("name", "category", "brand", "model", "serial_number")
    trimmed = {line: " ".join(str(getattr(form, line)).split()) for line in lines}
    if not trimmed["name"]:
        raise Invalid(details=[Fault("name", "An item needs a name.")])
    return structs.replace(form, **trimmed)


def clean_repair(form: RepairForm) -> RepairForm:
    """Trim what is said of a repair. Raises Invalid where nothing is, or no such currency is."""
    _ensure_currency(form.currency)
    description = form.description.strip()
    if not description:
        raise Invalid(details=[Fault("description", "A repair needs words.")])
    provider = " ".join(form.provider.split())
    return structs.replace(form, description=description, provider=provider)


def clean_document(form: DocumentForm) -> DocumentForm:
    """Trim what is said of a document."""
    return structs.replace(form, type=" ".join(form.type.split()) or "other")


def merge[Form: Struct](form_type: type[Form], stored: Struct, change: Struct) -> Form:
    """Tell what is said of something after a change; what is left out of it stays."""
    said = {name: getattr(stored, name) for name in form_type.__struct_fields__}
    given = {name: getattr(change, name) for name in form_type.__struct_fields__}
    return form_type(**said | {name: value for name, value in given.items() if value is not UNSET})


def search_text(form: GearForm) -> str:
    """Write what an item is found by, a line each."""
    said = (form.name, form.brand, form.model, form.serial_number, form.category)
    return "\n".join(fold(part) for part in said)


def folder_of(gear_id: GearId, document_id: GearDocumentId | None = None) -> str:
    """Tell where in the storage the documents of an item lie, or one of them."""
    folder = f"gear/{gear_id}"
    return folder if document_id is None else f"{folder}/{document_id}"


def key_of(place: DocumentPlace) -> str:
    """Tell the key of a document in the storage."""
    return f"{folder_of(place.gear_id, place.document_id)}/file"


def show_gear(gear: StoredGear, totals: Iterable[RepairTotal]) -> Gear:
    """Show an item with what its repairs cost; `totals` may hold those of other items too."""
    own = [total for total in totals if total.gear_id == gear.id]
    return Gear(
        **structs.asdict(gear),
        repairs_count=sum(total.repairs for total in own),
        repair_costs=show_costs(own),
    )


def show_costs(totals: Sequence[RepairTotal]) -> list[Amount]:
    """Tell what repairs cost, in each currency."""
    return [Amount(total.currency, total.cents) for total in totals]


def show_inventory(holdings: Holdings, worth: list[Worth]) -> Inventory:
    """Show all that somebody has, in numbers."""
    return Inventory(**structs.asdict(holdings), worth=worth)


def show_document(document: StoredDocument, urls: UrlBuilder) -> GearDocument:
    """Show a document, with a URL for whoever can't send a token."""
    query = urls.signed_query(Resource.GEAR_DOCUMENT, document.id)
    path = f"inventory/gear/{document.gear_id}/documents/{document.id}/download"
    return GearDocument(
        id=document.id,
        gear_id=document.gear_id,
        repair_id=document.repair_id,
        type=document.type,
        name=document.name,
        content_type=document.content_type,
        size_bytes=document.size_bytes,
        url=f"{urls.base}/{path}{query}",
        created_at=document.created_at,
    )


def cursor_after(repair: Repair) -> Cursor:
    """Tell the place of a repair in the list, which goes by the day of the repair."""
    return Cursor(datetime.combine(repair.repair_date, time(), UTC), repair.id)


def _ensure_currency(currency: str) -> None:
    if currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        raise Invalid(details=[Fault("currency", f"This must be one of {known}.")])
