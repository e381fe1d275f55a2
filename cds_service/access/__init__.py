"""How the service gets at patient data, and whom it lets in: prefetch, FHIR server, clients."""
