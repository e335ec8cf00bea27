"""Texts as people look for them: without case and accents, on both sides of a comparison."""

from __future__ import annotations

ACCENTS = ("àáâãäåçèéêëìíîïñòóôõöùúûüýÿœæ", "aaaaaaceeeeiiiinooooouuuuyyoa")
_PLAIN = str.maketrans(*ACCENTS)


def folded(column: str) -> str:
    """SQL: a text in small letters without accents."""
    return f"translate(lower({column}), '{ACCENTS[0]}', '{ACCENTS[1]}')"


def part(text: str) -> str:
    """The pattern by which `folded(…) LIKE` finds this text anywhere."""
    return f"%{literal(text.lower().translate(_PLAIN))}%"


def literal(text: str) -> str:
    """A text that stands for itself in a pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
