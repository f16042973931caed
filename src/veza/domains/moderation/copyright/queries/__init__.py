"""Statements on notices: as they are sent and decided, as they are shown, and counter-notices."""
