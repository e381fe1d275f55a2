"""Observations to results."""
