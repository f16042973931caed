"""A beat that is sold in variants, as those of variants have it."""

from tests.domains.marketplace.variants.conftest import beats

__all__ = ["beats"]
