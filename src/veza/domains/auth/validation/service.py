"""The use case of validation."""

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.validation import rules
from veza.domains.auth.validation.models import Candidate, CandidateType, Validity


def validate(candidate: Candidate) -> Validity:
    """Validate a value by the rules of the domain that would accept it."""
    match candidate.type:
        case CandidateType.ISRC:
            problems = rules.list_isrc_problems(candidate.value)
        case CandidateType.UPC:
            problems = rules.list_upc_problems(candidate.value)
        case field:
            problems = accounts.list_field_problems(field.value, candidate.value)
    return Validity(not problems, problems)
