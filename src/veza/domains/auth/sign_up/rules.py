"""A mode closes sign-up, or asks for a message or an invitation; floods need proofs of work."""

import secrets
from datetime import timedelta

from veza.core.access import Access, Role, is_enough
from veza.core.errors import FieldError
from veza.core.sign_up_mode import SignUpMode
from veza.domains.auth.sign_up.errors import (
    InvitationRequired,
    MessageRequired,
    ProofRequired,
    SignUpClosed,
)
from veza.domains.auth.sign_up.models import ProofChallenge, SignUpForm

# Newcomers who wait for approval, on the whole server.
MAX_WAITING = 1000
# A newcomer on whom nobody decided is declined.
WAITING_DAYS = 90
# When to try again while the queue is full.
QUEUE_RETRY_S = 86_400

# Invitations of the staff that have not expired.
MAX_STAFF_INVITATIONS = 1000
# The number that a member may create is counted in this time.
INVITING_PERIOD = timedelta(days=30)
# An expired invitation is shown for so long; who invited whom is kept as long as both accounts.
INVITATION_KEPT_FOR = timedelta(days=30)

# Sign-ups are counted in windows of this length, on the whole server.
FLOOD_WINDOW_S = 600
FLOOD_KEY = "sign-ups:all"
# A browser tries some hundred thousand hashes a second: from a tenth of a second to ten seconds.
_FEWEST_BITS = 16
_MOST_BITS = 22
# How much harder a challenge may have become since it was issued.
_BITS_TOLERATED = 2


def ensure_complete(mode: SignUpMode, form: SignUpForm) -> None:
    """Raise SignUpClosed, MessageRequired or InvitationRequired."""
    if mode is SignUpMode.CLOSED:
        raise SignUpClosed
    if mode is SignUpMode.APPROVAL and not (form.message or "").strip():
        raise MessageRequired(details=[FieldError("message", "This field is missing.", "missing")])
    if mode is SignUpMode.INVITATION and not (form.invitation or "").strip():
        raise InvitationRequired(
            details=[FieldError("invitation", "This field is missing.", "missing")]
        )


def bits_needed(sign_ups: int, most_without: int) -> int:
    """Return the difficulty after so many sign-ups: 0 below the bound, one more per doubling.

    No proof is ever needed if the bound is 0.
    """
    if not most_without or sign_ups < most_without:
        return 0
    return min(_FEWEST_BITS + (sign_ups // most_without).bit_length() - 1, _MOST_BITS)


def is_hard_enough(bits: int | None, needed: int) -> bool:
    """Return whether a solved challenge is accepted now."""
    return bits is not None and bits + _BITS_TOLERATED >= needed


def ask_for_proof(challenge: ProofChallenge) -> ProofRequired:
    """Return the error that holds a challenge."""
    return ProofRequired(
        details=[
            FieldError("proof.challenge", challenge.challenge),
            FieldError("proof.bits", str(challenge.bits)),
        ]
    )


def is_staff(role: Role) -> bool:
    """Return whether a role invites without being counted as a member."""
    return is_enough(role, Access.MODERATOR)


def draw_code() -> str:
    """Return the code of an invitation: 24 characters, 144 random bits."""
    return secrets.token_urlsafe(18)
