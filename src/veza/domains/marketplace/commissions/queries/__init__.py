"""Statements on commissions, their entries, and what a member has of them."""
