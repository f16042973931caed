"""Makes gear for tests, by the use cases of the application."""

from datetime import date
from typing import Any

from tests.make.cloud import _read
from tests.make.people import NO_LINKS, Person
from veza.app.services import Services
from veza.core.access import Member
from veza.core.ids import GearDocumentId, GearId, RepairId
from veza.domains.gear import service as gear
from veza.domains.gear.models import DocumentForm, GearForm, RepairForm
from veza.domains.platform.uploads.models import PreparedForm
from veza.infra.postgres.database import Tx


async def gear_in(tx: Tx, owner: Member, name: str = "Juno-106", **said: Any) -> GearId:
    """Make an item of somebody's gear."""
    return (await gear.add_gear(tx, owner, GearForm(name, **said))).id


async def repair_in(
    tx: Tx, owner: Member, gear_id: GearId, description: str = "Voice chips", **said: Any
) -> RepairId:
    """Make a repair of an item."""
    form = RepairForm(date(2026, 2, 15), description, **said)
    return (await gear.add_repair(tx, gear_id, owner, form)).id


async def gear_document(
    services: Services, owner: Person, gear_id: GearId, content: bytes = b"%PDF-1.7", **said: Any
) -> GearDocumentId:
    """Upload a document of an item, committed."""
    form = PreparedForm(DocumentForm(**said), "Invoice.pdf", _read(content))
    document = await gear.upload_document(
        services.uploads, owner.member, gear_id, form=form, urls=NO_LINKS
    )
    return document.id
