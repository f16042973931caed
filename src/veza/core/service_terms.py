"""The terms by which a service is sold."""

from typing import Annotated

from msgspec import Meta, Struct


class ServiceTerms(Struct, frozen=True):
    """The terms of a service: days until the delivery, and the number of revisions included.

    Its buyer answers the `questions` in the brief, from which on the days count.
    """

    delivery_days: Annotated[int, Meta(ge=1, le=90, examples=[7])] = 7
    revisions: Annotated[int, Meta(ge=0, le=10, examples=[2])] = 2
    questions: Annotated[
        str, Meta(max_length=2000, examples=["Which song is it, and what should it sound like?"])
    ] = ""
