"""The use case of validation."""

from functools import partial

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.validation import rules
from veza.domains.auth.validation.models import Candidate, CandidateType, Validity

_FAULTS = {
    CandidateType.EMAIL: partial(accounts.list_field_errors, "email"),
    CandidateType.USERNAME: partial(accounts.list_field_errors, "username"),
    CandidateType.PASSWORD: partial(accounts.list_field_errors, "password"),
    CandidateType.ISRC: rules.isrc_faults,
    CandidateType.UPC: rules.upc_faults,
}


def validate(candidate: Candidate) -> Validity:
    """Validate a value by the rules of the domain that would accept it."""
    faults = _FAULTS[candidate.type](candidate.value)
    return Validity(not faults, faults)
