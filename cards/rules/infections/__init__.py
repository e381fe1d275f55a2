"""Infections, and vaccines against them."""
