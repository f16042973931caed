"""What is decided about gear without asking anybody."""

from datetime import UTC, date, datetime

import pytest

from veza.core.errors import Invalid
from veza.core.ids import GearDocumentId, GearId, RepairId, new_id
from veza.core.pages import decode_cursor, encode_cursor
from veza.domains.gear import rules
from veza.domains.gear.models import (
    DocumentForm,
    DocumentRef,
    Gear,
    GearChange,
    GearForm,
    Repair,
    RepairForm,
)

DAY = date(2026, 2, 15)
NOW = datetime(2026, 2, 15, 12, tzinfo=UTC)
STORED = Gear(
    id=GearId(new_id()),
    name="Juno-106",
    category="",
    brand="Roland",
    model="",
    serial_number="",
    bought_on=DAY,
    price_cents=180_000,
    currency="EUR",
    warranty_until=None,
    notes="",
    documents_count=0,
    repairs_count=0,
    repair_costs=[],
    created_at=NOW,
    updated_at=NOW,
)


def test_what_is_said_in_one_line_is_trimmed_and_notes_are_kept():
    form = GearForm("  Juno \n 106 ", brand=" Roland ", notes=" as\n\nit is ")
    cleaned = rules.clean_gear(form)
    assert (cleaned.name, cleaned.brand, cleaned.notes) == ("Juno 106", "Roland", " as\n\nit is ")


@pytest.mark.parametrize("form", [GearForm(" \t "), GearForm("A", currency="XXX")])
def test_an_item_needs_a_name_and_a_currency_that_is_one(form):
    with pytest.raises(Invalid):
        rules.clean_gear(form)


@pytest.mark.parametrize("form", [RepairForm(DAY, "\n"), RepairForm(DAY, "A", currency="ABC")])
def test_a_repair_needs_words_and_a_currency_that_is_one(form):
    with pytest.raises(Invalid):
        rules.clean_repair(form)


def test_a_document_that_is_of_no_type_is_another_one():
    assert rules.clean_document(DocumentForm(" \n ")).type == "other"
    assert rules.clean_document(DocumentForm(" User  manual ")).type == "User manual"


def test_a_change_replaces_what_it_names_and_none_is_a_value():
    merged = rules.merge(GearForm, STORED, GearChange(price_cents=None, brand="Korg"))
    assert merged == GearForm("Juno-106", brand="Korg", bought_on=DAY)


def test_an_item_is_found_without_case_and_accents():
    text = rules.search_text(GearForm("Ébène", brand="KÖLN", category="Flöte"))
    assert text.split("\n") == ["ebene", "koln", "", "", "flote"]


def test_the_place_of_a_repair_survives_the_way_through_a_cursor():
    repair = Repair(
        id=RepairId(new_id()),
        gear_id=STORED.id,
        repair_date=DAY,
        description="A",
        cost_cents=0,
        currency="EUR",
        provider="",
        documents_count=0,
        created_at=NOW,
        updated_at=NOW,
    )
    cursor = decode_cursor(encode_cursor(rules.cursor_after(repair)))
    assert (cursor.created_at.date(), cursor.id) == (DAY, repair.id)


def test_a_document_lies_below_its_item():
    place = DocumentRef(STORED.id, GearDocumentId(new_id()))
    assert rules.key_of(place) == f"gear/{place.gear_id}/{place.document_id}/file"
    assert rules.key_of(place).startswith(rules.folder_of(place.gear_id) + "/")
