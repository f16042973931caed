"""A search without a list of types finds all types."""

from veza.core.errors import FieldError, Invalid
from veza.domains.search.models import ResultType


def read_types(text: str | None) -> set[ResultType]:
    """Return the types in a list separated by commas; all without a list.

    Raises Invalid for an unknown type, and for a list without any.
    """
    if text is None:
        return set(ResultType)
    names = [name.strip() for name in text.split(",")]
    try:
        return {ResultType(name) for name in names}
    except ValueError as error:
        known = ", ".join(f"`{each}`" for each in ResultType)
        sentence = f"Name some of {known}, separated by commas."
        raise Invalid(details=[FieldError("types", sentence, "choice")]) from error
