"""Proofs that a request sends, challenges that wait for them, and secrets never shown."""

from datetime import datetime
from enum import Enum, auto
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import UserId
from veza.domains.auth.passkeys.models import Passkey, PasskeyAnswer
from veza.domains.auth.sessions.models import Proof

TotpCode = Annotated[
    str,
    Meta(
        max_length=20,
        description="The six digits that the authenticator app shows now. Each works once.",
        examples=["492039"],
    ),
]
RecoveryCode = Annotated[
    str,
    Meta(
        max_length=100,
        description="One of the recovery codes, in any case, with or without hyphens. It is used "
        "up.",
        examples=["k3vq-7mzd-x2pl-aw5n-e6ht-rj4s-oy"],
    ),
]
ChallengeToken = Annotated[
    str, Meta(max_length=200, description="`challenge` of the login's answer.")
]


class FactorProof(Struct, frozen=True, kw_only=True):
    """A second factor: exactly one of the fields."""

    code: TotpCode | None = None
    recovery_code: RecoveryCode | None = None
    passkey: PasskeyAnswer | None = None


class FactorBegin(Struct, frozen=True):
    """The challenge of a login that a passkey shall complete."""

    challenge: ChallengeToken


class FactorLogin(FactorProof, frozen=True, kw_only=True):
    """The challenge of a login, and a second factor: exactly one of the other fields."""

    challenge: ChallengeToken


class StepUpForm(FactorProof, frozen=True, kw_only=True):
    """A proof of identity: exactly one of the fields. The password is for members without factors.

    Members who have a second factor send that.
    """

    password: Annotated[str, Meta(max_length=1024, examples=["SecureP@ssw0rd"])] | None = None


class SteppedUp(Struct, frozen=True):
    """Until when the session may change what needs a recent proof."""

    valid_until: datetime


class FactorMethods(Struct, frozen=True):
    """The kinds of proof that a member can give."""

    code: bool
    recovery_code: bool
    passkey: bool


class LoginChallenge(Struct, frozen=True):
    """The answer to a right password of a member who has second factors.

    Send `challenge` with a factor to `POST /auth/login/factor` within `expires_in` seconds.
    """

    challenge: str
    methods: FactorMethods
    expires_in: int


class TotpForm(Struct, frozen=True):
    """The first code of a new authenticator app."""

    code: TotpCode


class TotpSetup(Struct, frozen=True):
    """The secret of a new authenticator app, also as an address and as a picture."""

    totp_secret: Annotated[str, Meta(description="In Base32, to enter by hand.")]
    uri: Annotated[str, Meta(description="The same as an `otpauth://` address.")]
    qr_code: Annotated[str, Meta(description="The address as a QR code: an SVG picture.")]


class RecoveryCodes(Struct, frozen=True):
    """New recovery codes, which are shown only once. Empty if there are codes already."""

    recovery_codes: list[str]


class Totp(Struct, frozen=True):
    """The authenticator app of a member."""

    created_at: datetime
    last_used_at: datetime | None


class FactorOverview(Struct, frozen=True):
    """The second factors of a member."""

    totp: Totp | None
    passkeys: list[Passkey]
    recovery_codes_left: int
    recovery_due_at: Annotated[
        datetime | None,
        Meta(description="When all factors are removed, as an admin was told that they are lost."),
    ]
    must_enrol: Annotated[
        bool, Meta(description="The session can do nothing but set up a second factor.")
    ]


class StoredTotp(Struct, frozen=True):
    """The encrypted secret of an authenticator app. Never shown."""

    user_id: UserId
    sealed: bytes
    sealed_with: int
    is_confirmed: bool


class StoredChallenge(Struct, frozen=True):
    """An open challenge of a login. Never shown."""

    user_id: UserId
    password_digest: bytes


class Owned(Struct, frozen=True):
    """Which factors a member has."""

    totp: bool
    passkeys: int
    recovery_codes: int

    @property
    def has_factors(self) -> bool:
        """Return whether a login needs a second factor. Recovery codes alone are none."""
        return self.totp or self.passkeys > 0


class FactorOutcome(Enum):
    """The outcome of checking a second factor."""

    ACCEPTED = auto()
    REFUSED = auto()
    # A passkey whose counter did not rise: somebody may have a copy of it.
    COPIED = auto()


class Standing(Struct, frozen=True):
    """The last proof of identity of a session, and its age in seconds."""

    proof: Proof
    age_s: float
    has_factors: bool


class FactorRecovery(Struct, frozen=True):
    """The second factors of a member wait to be removed, as they are lost."""

    user_id: UserId
    reason: str
    begun_at: datetime
    due_at: datetime


class ExportedFactors(Struct, frozen=True):
    """The second factors of a member in their personal data: without secrets."""

    totp_created_at: datetime | None
    totp_last_used_at: datetime | None
    recovery_codes: int
    recovery_code_used_at: datetime | None
    open_logins: int
    recovery_reason: str | None
    recovery_begun_at: datetime | None
    recovery_due_at: datetime | None
