"""The first admin's account, with the token that allows to create it."""

from typing import Annotated

from msgspec import Meta, Struct

from veza.domains.auth.accounts.models import Email, Password, Username

SetupToken = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="From the fragment of the link that `veza serve` writes into its log.",
        examples=["Jv0mY9d1o0s3l8ZQ4u7rW2kX5cT6hB1nEaPfGgIiKkM"],
    ),
]


class SetupForm(Struct, frozen=True):
    """The account of the first admin, and the token that allows to create it."""

    token: SetupToken
    username: Username
    email: Email
    password: Password
