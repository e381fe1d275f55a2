"""Codes, names and units, and what they mean."""
