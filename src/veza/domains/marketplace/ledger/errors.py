"""Refuses to delete or merge accounts of which there is money, or a record of it."""

from veza.core.errors import Conflict


class OpenBalance(Conflict):
    """The account cannot be deleted while money is due to the member, or owed by them."""

    code = "open_balance"
    message = "Money is still due or owed: you can delete your account once it is settled."


class MoneyStays(Conflict):
    """A profile with sales, purchases or payouts can't be merged: its books stay with it."""

    code = "money_stays"
    message = (
        "This profile sold or bought something, or has a payout account, and that can't move: "
        "merge the other profile into this one instead."
    )
