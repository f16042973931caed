"""Decides which logins open a challenge, and that step-up lasts ten minutes."""

import base64
import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from veza.core.ids import UserId
from veza.core.step_up import StepUp
from veza.domains.auth.factors.errors import OneProofOnly
from veza.domains.auth.factors.models import FactorProof, Standing, StepUpForm
from veza.domains.auth.sessions.models import Proof

STEP_UP_LIFETIME = timedelta(minutes=10)
CHALLENGE_LIFETIME = timedelta(minutes=5)
MAX_TRIES = 5
# A right password opens a challenge: so many of a member are kept, the newest.
MAX_CHALLENGES = 5

RECOVERY_CODES = 10
_RECOVERY_BYTES = 17


def needs_challenge(*, has_factors: bool) -> bool:
    """Return whether a right password opens a challenge, and not a session."""
    return has_factors


def may_only_enrol(*, is_required: bool, has_factors: bool) -> bool:
    """Return whether a session may set up a second factor and nothing else."""
    return is_required and not has_factors


def is_step_up_due(standing: Standing, needed: StepUp) -> bool:
    """Return whether a session has to prove again whose it is.

    Who has second factors proves by a factor, here or at a provider; who has none by the password,
    and only for what everybody must prove.
    """
    if standing.has_factors:
        return standing.proof is Proof.PASSWORD or not _is_recent(standing)
    return needed is StepUp.EVERYBODY and not _is_recent(standing)


def _is_recent(standing: Standing) -> bool:
    return standing.age_s <= STEP_UP_LIFETIME.total_seconds()


def ensure_one_proof(given: FactorProof) -> None:
    """Raise OneProofOnly unless exactly one proof was sent."""
    password = given.password if isinstance(given, StepUpForm) else None
    proofs = given.code, given.recovery_code, given.passkey, password
    if sum(proof is not None for proof in proofs) != 1:
        raise OneProofOnly


def tries_key(user_id: UserId) -> str:
    """Return the key that counts wrong second factors of a member."""
    return f"factor:{user_id}"


def digest_of_password(password_hash: str) -> bytes:
    """Return what binds a challenge to the password that was compared."""
    return hashlib.sha256(password_hash.encode()).digest()


def hash_of(token: str) -> bytes:
    """Return the stored form of a random token. With 128 bits or more a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def generate_recovery_codes() -> list[str]:
    """Return ten recovery codes of 130 random bits, in groups of four letters and digits."""
    return [_group(_draw_recovery_code()) for _ in range(RECOVERY_CODES)]


def hash_of_recovery_code(code: str) -> bytes:
    """Return the stored form of a recovery code, however it was typed."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hash_of(f"recovery:{plain}")


def seal_context(user_id: UUID) -> str:
    """Return what ties an encrypted secret to its row."""
    return f"totp:{user_id}"


def _draw_recovery_code() -> str:
    return base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()[:26]


def _group(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
