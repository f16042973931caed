"""Step-up: which routes need a proof of identity within the last minutes, and the refusals."""

from enum import StrEnum

from veza.core.errors import Forbidden


class StepUp(StrEnum):
    """Whose session needs a recent proof of identity for a route."""

    # Members who have a second factor, by that factor.
    WITH_FACTORS = "with_factors"
    # All members: those without a second factor by their password.
    EVERYBODY = "everybody"


class StepUpNeeded(Forbidden):
    """The session has no proof of identity within the last ten minutes."""

    code = "step_up_needed"
    message = "Confirm that it is you: send a second factor, or your password if you have none."


class FactorsRequired(Forbidden):
    """The role of the member requires a second factor, and they have none."""

    code = "second_factor_required"
    message = "Your role requires a second factor: set one up first."
