"""Other tools, read on a schedule: one mechanism for all of them (docs/adr/0018)."""
