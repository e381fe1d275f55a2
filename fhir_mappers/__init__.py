"""FHIR R4 JSON to the model of the rules, and proposals back to FHIR; no network, no rules."""
