"""Letters without their accents, and the order of names in a list that people read."""

from __future__ import annotations

import unicodedata


def without_accents(text: str) -> str:
    """The same letters in their plain form: `Éric ½` becomes `Eric 1⁄2`."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def alphabetical(name: str) -> tuple[str, str]:
    """A key by which names sort as in a directory: without case or accents, which decide only between equals."""
    return without_accents(name).casefold(), name
