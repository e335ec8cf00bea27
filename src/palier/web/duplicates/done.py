"""What has just been decided, carried by the address so that it can be taken back right there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Done:
    """A decision: a merge and its event, or a pair said to be different."""

    what: Literal["merge", "different"]
    id: int

    def beside(self, url: str) -> str:
        """An address that tells of this decision."""
        return url + "?" + urlencode({_NAMES[self.what]: self.id})

    def sentence(self) -> str:
        """What was decided."""
        if self.what == "merge":
            return _("The two records are one.")
        return _("The two records stay apart, and will not be proposed again.")


_NAMES: dict[str, str] = {"merge": "fusion", "different": "distinctes"}


def read(request: HttpRequest) -> Done | None:
    """The decision that an address tells of."""
    if (event := number(request.GET.get("fusion", ""))) is not None:
        return Done("merge", event)
    if (proposal := number(request.GET.get("distinctes", ""))) is not None:
        return Done("different", proposal)
    return None


def number(text: str) -> int | None:
    """A number of a form or an address; None when it is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def versions(form: Mapping[str, str]) -> dict[int, int]:
    """The versions that the reader had before their eyes: fields `version-<id>`."""
    found = {}
    for name, value in form.items():
        id_, version = number(name.removeprefix("version-")), number(str(value))
        if name.startswith("version-") and id_ is not None and version is not None:
            found[id_] = version
    return found
