"""How the service gets patient data, and whom it lets in: prefetch, FHIR server, clients."""
