"""Views of tools, by page."""
