"""The hub: the one source of truth that every tool reads and writes."""
