"""The fictional company."""
