"""Errors of taxes: the country of the buyer is missing, or a rate in force would change."""

from veza.core.errors import Conflict, NotFound


class CountryNeeded(Conflict):
    """The seller declares the tax of the buyer's country, which is not known."""

    code = "country_needed"
    message = "The price includes the tax of your country: say which one it is."


class TaxRateNotFound(NotFound):
    """The site has no rate of this country from this day on."""

    code = "tax_rate_not_found"
    message = "The site has no such rate."


class TaxRateInForce(Conflict):
    """The rate counts already; another one can follow it."""

    code = "tax_rate_in_force"
    message = "This rate counts already: add another one from a later day on."


class TooManyTaxRates(Conflict):
    """The site has as many rates as it may."""

    code = "too_many_tax_rates"
    message = "There are 1000 rates already."
