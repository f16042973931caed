"""Memberships, their periods, what changes them, and how they are shown."""
