"""Credits: the artists of tracks and releases in order, and who else contributed, by role.

Owns the tables `track_credits` and `release_credits`. A credit is a name, and may name a profile,
which is linked once it confirms. `tracks` and `releases` store the credits of their items here, and
the line of their artists in their own rows. Emits `CreditAsked` and
`ArtistConfirmed`.
"""
