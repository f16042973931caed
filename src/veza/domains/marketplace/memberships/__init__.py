"""Memberships of profiles, by the month or the year: their terms, paid periods and discounts.

Owns the tables `memberships` and `membership_periods`. Each period is paid by a line of an order,
whose settlement calls this package; `marketplace/renewals` places these orders. What is decided is
in `rules/transitions`. Only `access_until` decides whether a member has what a tier gives.
"""
