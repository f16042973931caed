"""The parts of `marketplace/products` that the program is assembled from."""

from collections.abc import Sequence
from functools import partial

from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.marketplace.products import (
    invariants,
    jobs,
    personal_data,
    routes,
    service,
    stored_objects,
)
from veza.domains.marketplace.products.queries import listings
from veza.domains.marketplace.products.upload_purposes import create_purposes
from veza.domains.wiring import Schedule, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.postgres.database import Database


def _list_work(services: ServiceRegistry) -> Sequence[Schedule]:
    database = services.get(Database)
    return [
        Schedule("sum_product_counts", "*/10 * * * *", partial(jobs.sum_product_counts, database)),
    ]


WIRING = Wiring(
    routers=[routes.router],
    list_work=_list_work,
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES, personal_data.export, personal_data.erase, personal_data.list_files
    ),
    objects=stored_objects.OBJECT_SOURCE,
    evidence={"product": service.find_evidence},
    searchable=SearchableType(service.index_batch, jobs.refresh_search, jobs.recount_search_words),
    hidden_counts=[service.update_hidden_products],
    statistics={"products": listings.count_products},
    invariants=invariants.INVARIANTS,
)
