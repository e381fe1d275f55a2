"""Pregnancy, age, kidneys and liver."""
