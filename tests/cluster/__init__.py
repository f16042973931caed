"""A cluster on this machine: every engine that several nodes need, and faults to try on them.

`python -m tests.cluster` starts it and waits; `trials`, `overload` and `soak` below it try what
docs/performance.md describes.
"""
