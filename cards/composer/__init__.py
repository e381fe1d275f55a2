"""Findings become few cards: one a decision, at most one dose an order, the urgent first."""
