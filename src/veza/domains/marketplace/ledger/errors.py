"""Refuses to delete an account while money is due to it, or owed by it."""

from veza.core.errors import Conflict


class OpenBalance(Conflict):
    """The account cannot be deleted while money is due to the member, or owed by them."""

    code = "open_balance"
    message = "Money is still due or owed: you can delete your account once it is settled."
