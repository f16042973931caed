"""Refuses texts that a filter matches, naming neither the filter nor its word."""

from veza.core.errors import Conflict, Invalid, NotFound


class TextRefused(Invalid):
    """A filter refuses a text; the fields are named, but neither the filter nor its word."""

    code = "text_refused"
    message = "A text has a word or a link that isn't accepted here: change it."


class TextFilterNotFound(NotFound):
    """There is no such text filter."""

    code = "text_filter_not_found"
    message = "There is no such filter."


class TooManyTextFilters(Conflict):
    """Their number is limited, since every process keeps them in memory."""

    code = "too_many_text_filters"
    message = "There are 500 filters, the maximum: delete some first."
