"""Steps and values that tests of payouts share."""

# No answer, and the ways in which a company is busy or broken.
SILENCES = [0, 409, 429, 500, 503]
NO_MONEY = {
    "error": {
        "type": "invalid_request_error",
        "code": "balance_insufficient",
        "message": "You have insufficient available funds",
    }
}
BROKEN = {"error": {"type": "api_error", "message": "Something went wrong"}}
