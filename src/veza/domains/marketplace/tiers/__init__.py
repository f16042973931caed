"""Tiers: what members of a profile get, and what they pay for it by the month or by the year.

Owns the table `tiers`. A member of a tier has all tiers of its profile with the same or a lower
position. Memberships themselves are in `marketplace/memberships`.
"""
