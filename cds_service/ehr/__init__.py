"""Plays the EHR, for `call` and `doctor`: finds the service, fills its prefetch, calls it, reports back."""
