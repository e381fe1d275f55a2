"""Serving HTTP: workers, their log, and warming up."""
