"""Webhooks: changes told to others as they happen, and what other tools tell us."""
