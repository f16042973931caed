"""What can be refused in this domain."""

from veza.core.errors import Conflict


class OpenBalance(Conflict):
    """Who goes leaves no money behind, and none that they owe."""

    code = "open_balance"
    message = "There is money still to be paid out or owed: your account can go once it is settled."
