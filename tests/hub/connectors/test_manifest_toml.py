"""Manifests are checked like code: every problem with its key and its line."""

from __future__ import annotations

import pytest
from django.utils import translation
from standins.generic import Generic

from palier.hub.connectors.manifest_toml import (
    ManifestInvalid,
    ManifestUnknown,
    list_ready,
    load_manifest,
    read_manifest,
)
from palier.wording.sentences import sentence

GOOD = """tool = "acme"
kind = "crm"
base_url = "https://api.acme.example"
check = { path = "/me" }

[[streams]]
name = "customers"
path = "/customers"
items = "items"
paging = { style = "page" }

[[streams.entities]]
entity = "customer"
id = ["id"]

[streams.entities.fields]
name = "name"
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(text)
    with translation.override("en"):
        return [sentence(one.code, one.params) for one in caught.value.problems]


class TestReadManifest:
    def test_reads_a_whole_manifest(self):
        manifest = read_manifest(GOOD)
        assert manifest.stream("customers").listing.paging.style == "page"

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ('style = "page"', 'style = "pages"', "streams[1].paging.style (l. 10): one of"),
            ('style = "page"', 'style = "cursor"', "streams[1].paging.next (l. 6) is missing"),
            (
                'path = "/customers"',
                'chemin = "/c"',
                "streams[1].chemin (l. 8): there is no such key",
            ),
            ('path = "/customers"', 'chemin = "/c"', "streams[1].path (l. 6) is missing"),
            ('name = "name"', 'nom = "name"', "there is no such field"),
            ('kind = "crm"', 'kind = "crn"', "kind (l. 2): one of"),
            ("https://api", "ftp://api", "base_url (l. 3)"),
            ('tool = "acme"', 'tool = "acme', "line 1"),
            ('items = "items"', "items = 3", "streams[1].items (l. 9): text is expected"),
        ],
    )
    def test_names_every_problem_with_its_line(self, old, new, expected):
        found = problems(GOOD.replace(old, new))
        assert any(expected in one for one in found), found

    def test_needs_an_entity(self):
        text = GOOD.partition("[[streams.entities]]")[0]
        assert any("feeds nothing" in one for one in problems(text))

    @pytest.mark.parametrize("tool", list_ready())
    def test_accepts_every_ready_manifest(self, tool):
        manifest = load_manifest(tool=tool)
        assert manifest.tool == tool
        assert set(manifest.label) == {"fr", "en"}
        assert manifest.base_url.startswith("https://")
        names = [setting.name for setting in manifest.settings]
        assert manifest.auth.secret in names or manifest.auth.kind.startswith("oauth2")

    def test_knows_no_other(self):
        with pytest.raises(ManifestUnknown):
            load_manifest(tool="licorne")

    def test_accepts_the_manifest_of_the_tests(self, stand):
        tool = stand(Generic())
        assert read_manifest(tool.manifest()).tool == "cursor"
