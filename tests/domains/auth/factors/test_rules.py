"""The rules of second factors, over everything that they can be asked."""

from itertools import product

import pytest

from veza.core.step_up import StepUp
from veza.domains.auth.factors import rules
from veza.domains.auth.factors.errors import OneProofOnly
from veza.domains.auth.factors.models import FactorProof, Standing, StepUpForm
from veza.domains.auth.sessions.models import Proof


def test_a_step_up_is_due_unless_the_right_proof_is_recent() -> None:
    for proof, age_s, has_factors, needed in product(Proof, (0, 600, 600.1), (True, False), StepUp):
        is_due = rules.is_step_up_due(Standing(proof, age_s, has_factors), needed)
        is_recent = age_s <= 600
        if has_factors:
            assert is_due == (proof is Proof.PASSWORD or not is_recent)
        else:
            assert is_due == (needed is StepUp.EVERYBODY and not is_recent)


def test_recovery_codes_are_long_and_read_however_they_are_typed() -> None:
    codes = rules.generate_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert len(code.replace("-", "")) == 26
        typed = code.upper().replace("-", " ")
        assert rules.hash_of_recovery_code(typed) == rules.hash_of_recovery_code(code)


def test_a_request_has_exactly_one_proof() -> None:
    rules.ensure_one_proof(FactorProof(code=""))
    rules.ensure_one_proof(StepUpForm(password=""))
    for given in (
        FactorProof(),
        FactorProof(code="", recovery_code=""),
        StepUpForm(code="1", password="2"),
    ):
        with pytest.raises(OneProofOnly):
            rules.ensure_one_proof(given)
