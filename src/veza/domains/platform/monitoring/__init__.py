"""Monitoring: health checks, metrics, figures and jobs, for the operators of a server.

Owns no table. Emits no events.
"""
