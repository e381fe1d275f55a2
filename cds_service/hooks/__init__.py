"""CDS Hooks: services, requests, prefetch keys, cards as JSON, feedback."""
