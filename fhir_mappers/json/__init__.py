"""FHIR JSON as plain values: exact numbers, dates, validated elements."""
