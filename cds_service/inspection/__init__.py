"""What is recognised in a file of FHIR, and what is not."""
