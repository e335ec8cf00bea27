"""Companies, people, memberships and who may do what."""
