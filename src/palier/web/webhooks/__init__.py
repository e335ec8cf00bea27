"""Webhooks: the pages, and the door-step where tools leave their messages."""
