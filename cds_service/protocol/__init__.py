"""CDS Hooks as clients speak it."""
