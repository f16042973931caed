"""Monitoring: health checks, metrics, statistics and jobs, for the operators of a server.

Owns no table. Emits no events.
"""
