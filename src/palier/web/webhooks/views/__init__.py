"""Views of webhooks: those we send, those we receive."""
