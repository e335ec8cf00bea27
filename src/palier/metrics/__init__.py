"""Definitions, readings and the analytical file."""
