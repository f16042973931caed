"""Payout providers: the protocol, and a client for each."""
