"""Clinical rules about thiopurines: a patient chart becomes cards; knows no FHIR, HTTP, SQL or clock."""
