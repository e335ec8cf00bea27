"""Searching a company's records for duplicates."""

from __future__ import annotations

import datetime as dt

import pytest

from palier.hub.linking import unmerge
from palier.hub.matching.operations import MatchReport, NotMatched, match_company
from palier.hub.models import Customer, LinkEvent, MatchProposal, NeverMatch
from palier.hub.operations import Tool, write_records
from palier.hub.records import Record

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
CRM = Tool("crm", "CRM", "crm")


def write(company: int, entity: str, **records: dict[str, object]) -> None:
    write_records(
        company_id=company,
        tool=CRM,
        object_name=entity,
        entity=entity,
        records=[Record(name, fields) for name, fields in records.items()],
    )


def match(company: int, entity: str = "customer", *, only_new: bool = False) -> MatchReport:
    return match_company(company_id=company, entity=entity, now=NOW, only_new=only_new)


def shop(name: str = "Atelier Fictif", **fields: object) -> dict[str, object]:
    return {"name": name, "kind": "company", "phone": "+33199000001", "postcode": "69001", **fields}


class TestMatchCompany:
    def test_merges_what_is_sure_and_explains_it(self, company):
        write(company, "customer", a=shop(siren="552100554"), b=shop("ATELIER FICTIF SARL"))
        # the postcode and name were a weak key of the exact tier, so they are one already
        write(company, "customer", c=shop("Atelier Fictiv", email="a@fictif.example"))
        write(company, "customer", c2=shop("Atelier Fictif", postcode="", address_line="1 rue X"))

        report = match(company)

        proposal = MatchProposal.objects.filter(status="merged").first()
        assert report.merged == 1
        assert proposal is not None
        assert sum(one["weight"] for one in proposal.explanation) == pytest.approx(
            float(proposal.weight), abs=0.1
        )
