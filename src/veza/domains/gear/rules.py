"""Cleans forms of items and repairs; warranties are announced 30 days before they end."""

from datetime import UTC, datetime, time, timedelta

from msgspec import structs

from veza.core.ids import GearDocumentId, GearId
from veza.core.money import ensure_currency
from veza.core.normalize import fold, require_text
from veza.core.pages import Cursor
from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.gear.models import (
    DocumentForm,
    DocumentRef,
    GearDocument,
    GearForm,
    Repair,
    RepairForm,
    StoredDocument,
)

# How long before the end of a warranty its owner is notified.
WARNED_BEFORE = timedelta(days=30)


def clean_gear(form: GearForm) -> GearForm:
    """Return the form with normalized blanks. Raises Invalid without a name or a known currency."""
    ensure_currency(form.currency)
    lines = ("name", "category", "brand", "model", "serial_number")
    trimmed = {line: " ".join(str(getattr(form, line)).split()) for line in lines}
    require_text(form.name, "name", "Enter a name for the item.")
    return structs.replace(form, **trimmed)


def clean_repair(form: RepairForm) -> RepairForm:
    """Return the form with normalized blanks. Raises Invalid without a text or a known currency."""
    ensure_currency(form.currency)
    description = require_text(form.description, "description", "Describe the repair.")
    provider = " ".join(form.provider.split())
    return structs.replace(form, description=description, provider=provider)


def clean_document(form: DocumentForm) -> DocumentForm:
    """Return the form with normalized blanks."""
    return structs.replace(form, type=" ".join(form.type.split()) or "other")


def search_text(form: GearForm) -> str:
    """Return the text in which an item is searched, a line for each field."""
    texts = (form.name, form.brand, form.model, form.serial_number, form.category)
    return "\n".join(fold(part) for part in texts)


def folder_of(gear_id: GearId, document_id: GearDocumentId | None = None) -> str:
    """Return the folder of an item, or of a document of it, in the storage."""
    folder = f"gear/{gear_id}"
    return folder if document_id is None else f"{folder}/{document_id}"


def key_of(ref: DocumentRef) -> str:
    """Return the storage key of a document."""
    return f"{folder_of(ref.gear_id, ref.document_id)}/file"


def show_document(document: StoredDocument, urls: UrlBuilder) -> GearDocument:
    """Return a document with a URL that needs no token."""
    query = urls.signed_query(Resource.GEAR_DOCUMENT, document.id)
    path = f"inventory/gear/{document.gear_id}/documents/{document.id}/download"
    return copy_fields(GearDocument, document, url=f"{urls.base}/{path}{query}")


def cursor_after(repair: Repair) -> Cursor:
    """Return the cursor of a repair in the list, which is sorted by the day of the repair."""
    return Cursor(datetime.combine(repair.repair_date, time(), UTC), repair.id)
