"""Live money and test money, in the sense of Stripe's live mode and test mode.

Money that a payment provider took is paid out only by the payout provider of the same mode: the
sandbox for test money, Hyperswitch and Stripe for live money. Orders, transfers, refunds, payout
accounts and the ledger are separated by mode.
"""

from enum import StrEnum

from veza.core.errors import CannotStart

# The name of the simulated payment provider and payout provider.
SANDBOX = "sandbox"


class MoneyMode(StrEnum):
    """Whether money is real (`live`), or moves in the sandbox only (`test`)."""

    LIVE = "live"
    TEST = "test"


def mode_of(provider: str) -> MoneyMode:
    """Return the mode of the money that a payment or payout provider moves.

    Every provider but the sandbox is live, so that providers added later are never taken for test
    providers. The function `money_mode` in the database has the same rule.
    """
    return MoneyMode.TEST if provider == SANDBOX else MoneyMode.LIVE


def ensure_one_mode(payment_provider: str, payout_provider: str) -> MoneyMode:
    """Return the mode of a payment and a payout provider. Raises CannotStart if they differ.

    Otherwise test payments would be paid out as real money, or real payments would never reach the
    sellers.
    """
    mode = mode_of(payment_provider)
    if mode is not mode_of(payout_provider):
        raise CannotStart(
            f"VEZA_PAYMENT_PROVIDER={payment_provider} and VEZA_PAYOUT_PROVIDER={payout_provider} "
            "can't be used together: only one of them moves real money. Set both to "
            f"{SANDBOX}, or neither (VEZA_PAYMENT_PROVIDER=hyperswitch and "
            "VEZA_PAYOUT_PROVIDER=stripe)."
        )
    return mode
