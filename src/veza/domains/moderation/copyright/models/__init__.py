"""Notices and counter-notices, and how staff sees and decides on them."""
