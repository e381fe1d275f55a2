"""The bench: a page of the running service that acts as an EHR and shows why each card is there."""
