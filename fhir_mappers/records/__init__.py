"""Conditions, procedures, allergies, vaccines, test orders and the patient."""
