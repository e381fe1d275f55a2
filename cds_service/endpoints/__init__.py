"""The HTTP endpoints, and the service that they answer for."""
