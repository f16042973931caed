"""The parts of `marketplace/receipts` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.receipts import jobs, routes
from veza.domains.marketplace.receipts.models import SendReceipt
from veza.domains.platform.mail.service import SiteMailer
from veza.domains.wiring import Job, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _create_work(services: ServiceRegistry) -> Sequence[Job[Any]]:
    needed = services.get(Database), services.get(InvoiceDocuments), services.get(SiteMailer)
    return [Job(SendReceipt, partial(jobs.send_receipt, *needed), at_once=2)]


WIRING = Wiring(routers=[routes.router], create_work=_create_work)
