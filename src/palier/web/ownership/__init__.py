"""Whom to believe: the rules of the company, and where its tools disagree."""
