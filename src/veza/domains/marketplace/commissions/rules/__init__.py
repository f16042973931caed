"""Decisions on commissions: which steps follow, and what each party sees."""
