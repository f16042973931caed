"""The parts of `moderation/bulk` that the program is assembled from."""

from collections.abc import Sequence
from datetime import timedelta

from veza.domains.moderation.bulk import admin_routes, jobs
from veza.domains.moderation.bulk.service import BulkTokens
from veza.domains.wiring import Recurring, Wiring
from veza.http.services import ServiceRegistry
from veza.infra.security.secrets import DerivedKeys
from veza.infra.security.tokens import TokenSigner

# How long what a preview showed may be done.
_LIFETIME = timedelta(minutes=10)


def _create_services(services: ServiceRegistry) -> Sequence[object]:
    key = services.get(DerivedKeys).derive("bulk")
    return [BulkTokens(TokenSigner(key, audience="veza:bulk", lifetime=_LIFETIME))]


WIRING = Wiring(
    create_services=_create_services,
    routers=[admin_routes.router],
    recurring=[Recurring("sweep_bulk_runs", "25 3 * * *", jobs.sweep_bulk_runs)],
)
