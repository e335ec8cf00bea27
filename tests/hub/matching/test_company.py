"""How companies are compared, and what keeps groups apart."""

from __future__ import annotations

import pytest

from palier.hub.matching.company import COMPANY

ONE, OTHER = "552100554", "443061841"
SITE = {"domain": "fictif.example"}
PHONE = {"phone": "+33199000001"}
ROOF = {"address_line": "1 rue des Lilas", "postcode": "69001", "city": "Clairval"}


def firm(name: str = "Atelier Fictif", **fields: str | None) -> dict[str, str | None]:
    return {"name": name, **fields}


@pytest.fixture
def firms(weigh):
    return lambda *records: weigh(COMPANY, *records)


class TestLevels:
    @pytest.mark.parametrize(
        ("one", "other", "level"),
        [
            ("Atelier Fictif SARL", "S.A.S. ATELIER FICTIF", "same"),
            ("Fictif Atelier", "Atelier Fictif", "same"),
            ("Atelier Fictif", "Atelier Fictiv", "close"),
            ("Atelier Fictif 1", "Atelier Fictif 2", "other"),
            ("Ateliers Fictifs Est", "Ateliers Fictifs Ouest", "other"),
            ("Atelier Fictif", "Atelier Fictif Services", "inside"),
            ("Atelier Fictif", "SCI Atelier Fictif", "property"),
            ("Atelier Fictif", "Holding Atelier Fictif", "property"),
            ("Atelier Fictif", "Scierie Autre", "other"),
        ],
    )
    def test_of_names(self, firms, one, other, level):
        assert firms(firm(one, **PHONE), firm(other, **PHONE)).level("name") == level

    def test_a_legal_name_may_be_the_other_ones_name(self, firms):
        scored = firms(
            firm("Chez Zoé", legal_name="Fictive SAS", **PHONE), firm("Fictive", **PHONE)
        )
        assert scored.level("name") == "same"

    @pytest.mark.parametrize(
        ("one", "other", "level"),
        [
            ({"siren": ONE}, {"siret": ONE + "00013"}, "same"),
            ({"siren": ONE}, {"vat_no": f"FR19{ONE}"}, "same"),
            ({"siren": ONE}, {"siren": OTHER}, "conflict"),
            ({"vat_no": "DE129273398"}, {"vat_no": "DE 129273398"}, "same_vat"),
            ({"vat_no": "DE129273398"}, {"vat_no": "BE0403019261"}, "vat_conflict"),
            ({"siren": ONE}, {}, "missing"),
            ({"siren": "552100555"}, {"siren": ONE}, "missing"),
        ],
    )
    def test_of_registrations(self, firms, one, other, level):
        assert firms(firm(**one, **PHONE), firm(**other, **PHONE)).level("siren") == level

    @pytest.mark.parametrize(
        ("one", "other", "level"),
        [
            ({"email": "contact@fictif.example"}, {"email": "Contact@fictif.example"}, "same"),
            ({"email": "contact@fictif.example"}, SITE, "domain"),
            ({"email": "zoe@orange.fr"}, {"email": "ida@orange.fr"}, "missing"),
            ({"email": "zoe@fictif.example"}, {"domain": "autre.example"}, "other"),
        ],
    )
    def test_of_web_addresses(self, firms, one, other, level):
        assert firms(firm(**one, **PHONE), firm(**other, **PHONE)).level("email") == level

    @pytest.mark.parametrize(
        ("other", "level"),
        [
            ({"address_line": "1 r. des lilas", "postcode": "69001"}, "same"),
            ({"address_line": "9 rue Pasteur", "postcode": "69001"}, "postcode"),
            ({"postcode": "75002"}, "other"),
            ({"city": "CLAIRVAL"}, "city"),
            ({}, "missing"),
        ],
    )
    def test_of_addresses(self, firms, other, level):
        assert firms(firm(**ROOF, **PHONE), firm(**other, **PHONE)).level("address_line") == level


class TestGuard:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (firm("Atelier", siren=ONE), firm("Scierie", vat_no=f"FR19{ONE}")),
            (firm(**SITE), firm("ATELIER FICTIF SAS", email="contact@fictif.example")),
            (firm(**PHONE), firm(**PHONE)),
            (firm(**ROOF), firm(**ROOF)),
            (firm(**ROOF, **SITE), firm("Atelier Fictiv", **ROOF, **SITE)),
            (firm(iban="FR7630006000011234567890189"), firm(iban="FR76 30006000011234567890189")),
        ],
    )
    def test_lets_strong_evidence_pass(self, firms, one, other):
        assert firms(one, other).is_sure()

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (firm(siren=ONE, **SITE, **PHONE, **ROOF), firm(siren=OTHER, **SITE, **PHONE, **ROOF)),
            (firm(**SITE, **PHONE), firm("Atelier Fictif Lyon", **SITE, **PHONE)),
            (firm(**SITE, **PHONE, **ROOF), firm("SCI Atelier Fictif", **SITE, **PHONE, **ROOF)),
            (
                firm("Groupe Fictif Est", **SITE, **PHONE),
                firm("Groupe Fictif Ouest", **SITE, **PHONE),
            ),
            (firm(postcode="69001", **PHONE), firm(postcode="75002", **PHONE)),
            (firm("Boulangerie Martin"), firm("Boulangerie Martin", city="Clairval")),
            (firm(vat_no="DE129273398", **SITE), firm(vat_no="BE0403019261", **SITE)),
        ],
        ids=[
            "another SIREN",
            "subsidiary",
            "walls",
            "compass",
            "franchise",
            "homonyms",
            "another VAT",
        ],
    )
    def test_keeps_hard_cases_apart(self, firms, one, other):
        assert not firms(one, other).is_sure()

    def test_does_not_even_propose_another_siren(self, firms):
        scored = firms(firm(siren=ONE, **SITE, **ROOF), firm(siren=OTHER, **SITE, **ROOF))
        assert scored.pairs[1, 2].weight < 0

    def test_an_account_shared_by_many_proves_nothing(self, firms):
        account = {"iban": "FR7630006000011234567890189"}
        names = ("Fictif", "Brunet", "Solaire", "Octave", "Vermeil", "Ardoise", "Quartz", "Nacre")
        many = [
            firm(f"{name} {kind}", **account) for name in names for kind in ("Nord", "Forge", "Lin")
        ]

        scored = firms(firm(**account), firm(**account), *many)

        assert scored.pairs[1, 2].weights[-1] < 7
