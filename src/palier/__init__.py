"""Palier: what a founder knows, turned into measured company systems."""

__version__ = "0.1.0"
