"""Disputes: poll the provider for disputes whose webhooks got lost.

Owns the tables `dispute_polls`, `dispute_checks`. Disputes themselves are stored by `orders`.
"""
