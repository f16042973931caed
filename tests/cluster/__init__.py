"""A cluster on this machine: every engine that several nodes need, and a load on them.

`python -m tests.cluster` starts it and waits.
"""
