"""`POST /validate`: checks a code, address, name or password as its form does."""

from litestar import Router, post
from litestar.params import JSONBody

from veza.core.access import Scope
from veza.domains.auth.accounts.service import new_accounts
from veza.domains.field_checks import rules
from veza.domains.field_checks.models import Candidate, CandidateType, Validity
from veza.http.route_classes import RateClass


@post(
    "/validate",
    status_code=200,
    scope=Scope.READ,
    rate_class=RateClass.VALIDATION,
    changes_nothing=True,
    sync_to_thread=False,
)
def validate(data: JSONBody[Candidate]) -> Validity:
    """Validate the form of an e-mail address, username, password, ISRC or UPC.

    Addresses, names and passwords follow the rules of registration, except for being taken. A UPC
    may also be an EAN with 13 digits; an ISRC may be written with hyphens.
    """
    match data.type:
        case CandidateType.ISRC:
            problems = rules.list_isrc_problems(data.value)
        case CandidateType.UPC:
            problems = rules.list_upc_problems(data.value)
        case field:
            problems = new_accounts.list_field_problems(field.value, data.value)
    return Validity(not problems, problems)


router = Router("/", route_handlers=[validate], tags=["system"])
