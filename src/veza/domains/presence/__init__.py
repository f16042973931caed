"""Presence: who is there in a conversation at the moment, over all processes.

Owns no table: it lies in Valkey and expires. Announces nothing. Never decides anything: without
Valkey nobody is known to be there, and that is all.
"""
