"""The parts of `marketplace/products` that the program is assembled from."""

from veza.domains.contributions import PersonalData, SearchableType
from veza.domains.marketplace.products import (
    invariants,
    jobs,
    personal_data,
    routes,
    service,
    stored_objects,
)
from veza.domains.marketplace.products.queries import file_records, listings
from veza.domains.marketplace.products.upload_purposes import create_purposes
from veza.domains.wiring import Recurring, Wiring

WIRING = Wiring(
    routers=[routes.router],
    recurring=[Recurring("sum_product_counts", "*/10 * * * *", jobs.sum_product_counts)],
    upload_purposes=create_purposes,
    personal_data=PersonalData(
        personal_data.TABLES,
        personal_data.export,
        personal_data.erase,
        personal_data.list_files,
        move=personal_data.move,
    ),
    objects=stored_objects.OBJECT_SOURCE,
    evidence={"product": service.find_evidence},
    takedowns={"product": service.TAKEDOWN},
    review_objects={"product": file_records.list_reviewed},
    same_files=[file_records.list_same_files],
    searchable=SearchableType(service.index_batch, jobs.refresh_search, jobs.recount_search_words),
    hidden_counts=[service.update_hidden_products],
    statistics={"products": listings.count_products},
    invariants=invariants.INVARIANTS,
)
