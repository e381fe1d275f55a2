"""Medication orders and records, doses and timings."""
