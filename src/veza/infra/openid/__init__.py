"""OpenID Connect: signs members in at identity providers, as a client of them (a relying party)."""
