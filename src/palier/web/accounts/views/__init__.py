"""Views of accounts, by page."""
