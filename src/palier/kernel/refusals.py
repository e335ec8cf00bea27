"""Anticipated refusals: what a person may do wrong, with a stable code and a translated sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is not an error of the programme
    """Something the product declines to do, and says why.

    Subclasses live beside the operation that raises them and give `code` (stable, `domain.reason`)
    and `message` (an English message id with named placeholders; the shells translate it).
    `details` fill the placeholders.
    """

    code: ClassVar[str] = "palier.refused"
    message: ClassVar[str] = "This is not possible."

    def __init__(self, **details: object) -> None:
        self.details: Mapping[str, object] = details
        super().__init__(self.message % details if details else self.message)
