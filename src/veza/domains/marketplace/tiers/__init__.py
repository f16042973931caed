"""Tiers of profiles: content and prices for members, by the month or by the year.

Owns the table `tiers`. A member of a tier has all tiers of its profile with the same or a lower
position. Memberships themselves are in `marketplace/memberships`.
"""
