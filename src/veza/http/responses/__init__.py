"""Responses: envelopes, errors, files with ranges, pages."""
