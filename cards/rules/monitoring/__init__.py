"""Counts, liver tests, metabolites and how long a treatment lasts."""
