"""Whether the service is alive, ready and right: health, readiness, metrics and the canary."""
