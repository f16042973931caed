"""Proofs of work, which whatever strangers send needs while there is much of it."""

from msgspec import Struct

from veza.domains.auth.sign_up import rules
from veza.domains.auth.sign_up.models import ProofChallenge, ProofSolution
from veza.infra.security.proofs_of_work import LIFETIME_S, ProofsOfWork
from veza.infra.valkey.client import WindowCounters


class FloodGate(Struct, frozen=True):
    """Counts one kind of requests on the whole server, under `key`, in windows of ten minutes.

    From `most_unproved` in a window on each needs a proof (0: never).
    """

    counters: WindowCounters
    proofs: ProofsOfWork
    key: str
    most_unproved: int


async def ensure_proved(gate: FloodGate, proof: ProofSolution | None) -> None:
    """Count a request. Raises ProofRequired if many others came before, and it has no proof."""
    needed = await _bits_needed(gate)
    if needed and not await _is_proved(gate, proof, needed):
        raise rules.ask_for_proof(_issue(gate, needed))
    await gate.counters.add(gate.key, rules.FLOOD_WINDOW_S)


async def find_challenge(gate: FloodGate) -> ProofChallenge | None:
    """Return a challenge while one is needed."""
    needed = await _bits_needed(gate)
    return _issue(gate, needed) if needed else None


async def _is_proved(gate: FloodGate, proof: ProofSolution | None, needed: int) -> bool:
    if proof is None:
        return False
    bits = gate.proofs.find_bits(proof.challenge, proof.solution)
    if not rules.is_hard_enough(bits, needed):
        return False
    # A challenge works once: its first use is counted as one.
    used = await gate.counters.add(f"proof:{proof.challenge}", LIFETIME_S)
    return used.count == 1


async def _bits_needed(gate: FloodGate) -> int:
    if not gate.most_unproved:
        return 0
    window = await gate.counters.get(gate.key)
    return rules.bits_needed(window.count, gate.most_unproved)


def _issue(gate: FloodGate, bits: int) -> ProofChallenge:
    issued = gate.proofs.issue(bits)
    return ProofChallenge(issued.challenge, issued.bits, issued.expires_at)
