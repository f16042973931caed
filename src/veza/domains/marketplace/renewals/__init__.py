"""Renewals: the orders that pay memberships, on session or charged without the member.

Owns no table. A period is charged by a job that may run twice, or die after the provider has
answered: the order of an attempt is stored before it, and the provider knows the payment by that.
"""
