"""A flood of sign-ups: a proof of work is asked for, checked cheaply, and works once."""

import itertools

import httpx
import pytest

from tests.domains.auth.accounts.people import registration
from tests.domains.auth.sign_up.settings_steps import Configure
from tests.support.proofs_of_work import solve
from veza.app.services import Services
from veza.domains.auth.sign_up import rules
from veza.infra.security.passwords import Passwords
from veza.infra.security.proofs_of_work import ProofsOfWork, is_solved
from veza.infra.security.secrets import DerivedKeys


async def test_a_flood_asks_for_a_proof_that_works_once(
    client: httpx.AsyncClient,
    services: Services,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(rules, "_FEWEST_BITS", 4)
    await services.counters.clear(rules.FLOOD_KEY)
    configure(most_unproved=1)
    assert (await client.get("auth/sign-up")).json()["data"]["proof"] is None
    assert (await client.post("auth/register", json=registration())).status_code == 201

    async def ask(**proof: str) -> httpx.Response:
        body = registration() | ({"proof": proof} if proof else {})
        return await client.post("auth/register", json=body)

    # Nothing expensive is done before the proof is checked.
    with monkeypatch.context() as patch:
        patch.delattr(Passwords, "hash")
        refused = await ask()
        assert (refused.status_code, refused.json()["code"]) == (403, "proof_required")
        found = {each["field"]: each["message"] for each in refused.json()["details"]}
        challenge, bits = found["proof.challenge"], int(found["proof.bits"])
        assert bits == 4
        solution = solve(challenge, bits)
        unsolved = next(
            text for text in map(str, itertools.count()) if not is_solved(challenge, text, bits)
        )
        stolen = challenge[:-1] + ("A" if challenge[-1] != "A" else "Q")
        for wrong, text in (
            *((challenge, unsolved), (stolen, solve(stolen, bits))),
            *(("0" + challenge[1:], solution), ("made up", "0")),
        ):
            assert (await ask(challenge=wrong, solution=text)).json()["code"] == "proof_required"
    assert (await ask(challenge=challenge, solution=solution)).status_code == 201
    again = await ask(challenge=challenge, solution=solution)
    assert again.json()["code"] == "proof_required"
    proof = (await client.get("auth/sign-up")).json()["data"]["proof"]
    assert proof["bits"] == 5
    solution = solve(proof["challenge"], proof["bits"])
    assert (await ask(challenge=proof["challenge"], solution=solution)).status_code == 201


def test_difficulty_rises_with_sign_ups_up_to_a_bound():
    assert [rules.bits_needed(count, 10) for count in (0, 9, 10, 19, 20, 40, 10**9)] == [
        *(0, 0, 16, 16, 17, 18, 22),
    ]
    assert rules.bits_needed(10**9, 0) == 0
    # One that was issued just before it became harder still counts.
    assert [rules.is_hard_enough(bits, 18) for bits in (None, 15, 16, 18)] == [
        *(False, False, True, True),
    ]


def test_a_challenge_ends_and_is_bound_to_its_server(monkeypatch: pytest.MonkeyPatch):
    proofs = ProofsOfWork(DerivedKeys("a secret"))
    issued = proofs.issue(4)
    solution = solve(issued.challenge, 4)
    assert proofs.find_bits(issued.challenge, solution) == 4
    assert ProofsOfWork(DerivedKeys("another")).find_bits(issued.challenge, solution) is None
    monkeypatch.setattr("veza.infra.security.proofs_of_work.LIFETIME_S", -60)
    late = proofs.issue(0)
    assert proofs.find_bits(late.challenge, "0") is None
