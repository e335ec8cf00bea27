"""Metric definitions as Ibis expressions over unbound tables, one file per family."""
