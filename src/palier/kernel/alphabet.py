"""The order of names in a list that people read."""

from __future__ import annotations

import unicodedata


def alphabetical(name: str) -> tuple[str, str]:
    """A key by which names sort as in a directory: without case or accents, which decide only between equals."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if not unicodedata.combining(letter)
    )
    return bare.casefold(), name
