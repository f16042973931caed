"""SQL that removes a member's name from a text that has to be kept."""


def anonymized(text: str) -> str:
    """Return SQL for a column's text without the username and address of `u`, a row of `users`.

    Only whole words are replaced: the username "Art" does not turn "Party" into "P…y". The
    replacement is shorter than any name, so that the text still fits its column.
    """
    for word in ("u.email", "u.username"):
        literal = rf"regexp_replace({word}, '[^[:alnum:]]', '\\\&', 'g')"
        pattern = f"'(?<![[:alnum:]])' || {literal} || '(?![[:alnum:]])'"
        text = f"regexp_replace({text}, {pattern}, '…', 'gi')"
    return text
