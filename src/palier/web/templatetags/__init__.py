"""Template tags: `{% load palier %}`."""
