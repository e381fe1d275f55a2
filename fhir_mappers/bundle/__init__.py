"""Many resources: which ones matter, whose they are, what they refer to."""
