"""Where a chart comes from: prefetch, and the client's FHIR server."""
