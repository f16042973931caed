"""Figures of moderation by quarter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

Figures = Annotated[
    Mapping[str, Mapping[str, int]],
    Meta(
        description="By measure, then by key. `reports` of people and those by `filters`, by the "
        "type of what was reported, and those of people by their `categories`; `decisions` on them "
        "by what was decided; `takedowns` by category, and those of `own_initiative`, without a "
        "report or a notice; `sanctions` of members; `appeals` by their outcome; `copyright` "
        "notices; `median_seconds` until `reports` and `appeals` were decided. What did not happen "
        "is missing.",
        examples=[
            {
                "reports": {"track": 12, "post": 3},
                "categories": {"spam": 9, "abuse": 6},
                "decisions": {"dismiss": 9, "warn": 4, "ban": 1},
                "takedowns": {"spam": 3, "illegal": 1},
                "own_initiative": {"spam": 1},
                "sanctions": {"warn": 4, "ban": 1},
                "appeals": {"upheld": 1, "reversed": 1},
                "copyright": {"received": 3, "upheld": 2, "rejected": 1, "countered": 1},
                "median_seconds": {"reports": 14_400, "appeals": 86_400},
            }
        ],
    ),
]


class TransparencySettings(Struct, frozen=True):
    """The setting by which the site publishes figures of its moderation."""

    is_on: bool


class StoredQuarter(Struct, frozen=True):
    """The figures of a quarter as they are stored."""

    starts_on: date
    figures: Mapping[str, Mapping[str, int]]
    computed_at: datetime


class TransparencyQuarter(Struct, frozen=True):
    """The figures of a quarter, from its first day to its last; `is_complete` once it is over."""

    year: Annotated[int, Meta(examples=[2026])]
    quarter: Annotated[int, Meta(ge=1, le=4, examples=[4])]
    starts_on: date
    ends_on: date
    is_complete: bool
    figures: Figures
    computed_at: datetime


class TransparencyReport(Struct, frozen=True):
    """The figures of up to 40 quarters, latest first."""

    quarters: Sequence[TransparencyQuarter]
