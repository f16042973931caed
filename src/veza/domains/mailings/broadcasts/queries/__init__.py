"""Statements on broadcasts and their recipients."""
