"""The API: tools read and write the source of truth, follow its changes, and learn what each answer means."""
