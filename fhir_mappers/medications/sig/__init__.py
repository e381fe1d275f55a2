"""Directions for use in words."""
