"""Telling whether something would be taken, by the rules of the domain that would take it."""

from functools import partial

from veza.domains.auth.accounts import service as accounts
from veza.domains.auth.validation import rules
from veza.domains.auth.validation.models import Candidate, CandidateType, Validity

_FAULTS = {
    CandidateType.EMAIL: partial(accounts.list_faults, "email"),
    CandidateType.USERNAME: partial(accounts.list_faults, "username"),
    CandidateType.PASSWORD: partial(accounts.list_faults, "password"),
    CandidateType.ISRC: rules.isrc_faults,
    CandidateType.UPC: rules.upc_faults,
}


def validate(candidate: Candidate) -> Validity:
    """Tell whether something would be taken, and why not."""
    faults = _FAULTS[candidate.type](candidate.value)
    return Validity(not faults, faults)
