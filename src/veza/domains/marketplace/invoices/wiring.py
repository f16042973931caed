"""The parts of `marketplace/invoices` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.contributions import PersonalData
from veza.domains.marketplace.invoices import (
    invariants,
    jobs,
    personal_data,
    routes,
    stored_objects,
)
from veza.domains.marketplace.invoices.models import IssueDocument
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    database = services.get(Database)
    documents = services.get(InvoiceDocuments)
    return [
        Job(
            IssueDocument,
            partial(jobs.issue_document, database, documents),
            # It waits for the typesetter.
            at_once=2,
        ),
    ]


WIRING = Wiring(
    routers=[routes.router],
    create_work=_create_work,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, personal_data.list_files
    ),
    objects=stored_objects.OBJECT_SOURCE,
    invariants=invariants.INVARIANTS,
)
