"""Live money and test money, in the sense of Stripe's live mode and test mode.

Money that came in through one payment provider leaves only through the payout provider of the same
mode: the sandbox for test money, Hyperswitch and Stripe for live money. Orders, transfers, refunds,
payout accounts and the ledger are kept apart by it.
"""

from enum import StrEnum

from veza.core.errors import CannotStart

# The name under which the sandbox plays a payment provider and a payout provider.
SANDBOX = "sandbox"


class MoneyMode(StrEnum):
    """Whether money is real (`live`), or moves in the sandbox only (`test`)."""

    LIVE = "live"
    TEST = "test"


def mode_of(provider: str) -> MoneyMode:
    """Return the mode of the money that a payment or payout provider moves.

    Every name but the sandbox's is live, so that a provider that is added later is never taken for
    one whose money isn't real. `money_mode` in the database is the same rule.
    """
    return MoneyMode.TEST if provider == SANDBOX else MoneyMode.LIVE


def ensure_one_mode(payment_provider: str, payout_provider: str) -> MoneyMode:
    """Return the mode of a payment and a payout provider. Raises CannotStart if they differ.

    Else what nobody paid in the sandbox would be paid out as real money, or what buyers really paid
    would never reach the sellers.
    """
    mode = mode_of(payment_provider)
    if mode is not mode_of(payout_provider):
        raise CannotStart(
            f"VEZA_PAYMENT_PROVIDER={payment_provider} and VEZA_PAYOUT_PROVIDER={payout_provider} "
            "can't be used together: one moves real money, and the other one doesn't. Set both to "
            f"{SANDBOX}, or neither (VEZA_PAYMENT_PROVIDER=hyperswitch and "
            "VEZA_PAYOUT_PROVIDER=stripe)."
        )
    return mode
