"""The form that lays files down: several at once, and optionally the tool they come from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from palier.hub.imports.presets import list_presets
from palier.hub.queries import ToolInfo

TOOL_LENGTH = 60
"""Characters of a tool's name [ours]."""


class ManyFiles(forms.ClearableFileInput):
    """A plain file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """The files, each checked as one would be."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given or [None]]


class NewImport(forms.Form):
    """Which files, from which tool."""

    tool = forms.CharField(
        label=_("Tool they come from"),
        required=False,
        max_length=TOOL_LENGTH,
        help_text=_(
            "Leave it empty when you are not sure: known tools are recognised by their files."
        ),
        widget=forms.TextInput(attrs={"list": "known-tools", "autocomplete": "off"}),
    )
    exports = FilesField(
        label=_("Drop your exports here, or choose files"),
        help_text=_("CSV, TSV, Excel, JSON, Parquet, or a zip of these."),
        error_messages={
            "required": _("Choose at least one file."),
            "empty": _("One of these files is empty."),
        },
    )

    def __init__(
        self, *args: Any, tools: tuple[ToolInfo, ...], language: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {tool.label.casefold(): tool.name for tool in tools} | {
            tool.name.casefold(): tool.name for tool in tools
        }
        self.suggested = [tool.label for tool in tools if not tool.retired]
        for preset in list_presets():
            label = preset.label_fr if language == "fr" else preset.label_en
            self.known.setdefault(label.casefold(), preset.tool)
            self.known.setdefault(preset.tool.casefold(), preset.tool)

    def clean_tool(self) -> str:
        """The tool's stable name: that of a known one, else as it was typed."""
        typed = " ".join(self.cleaned_data["tool"].split())
        return self.known.get(typed.casefold(), typed)
