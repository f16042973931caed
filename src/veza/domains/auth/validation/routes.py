"""HTTP for validation."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Scope
from veza.domains.auth.validation import service
from veza.domains.auth.validation.models import Candidate, Validity


@post(
    "/validate",
    status_code=200,
    scope=Scope.READ,
    changes_nothing=True,
    sync_to_thread=False,
)
def validate(data: JSONBody[Candidate]) -> Validity:
    """Tell whether an e-mail address, username, password, ISRC or UPC is well formed.

    Addresses, names and passwords as registering has it, but not whether somebody has them. A UPC
    may also be an EAN of 13 digits, and an ISRC may be written with hyphens.
    """
    return service.validate(data)


router = Router("/", route_handlers=[validate], tags=["system"])
