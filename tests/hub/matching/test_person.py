"""How contacts and individuals are compared, and what keeps them apart."""

from __future__ import annotations

import pytest

from palier.hub.matching.person import CONTACT, INDIVIDUAL

MAIL = "zoe.fictive@orange.fr"
PHONE = "+33699000001"


def individual(name: str = "Zoé Fictive", **fields: str | None) -> dict[str, str | None]:
    return {"kind": "individual", "name": name, **fields}


def contact(first: str | None = "Zoé", last: str | None = "Fictive", **fields: str | None):
    return {"first_name": first, "last_name": last, **fields}


@pytest.fixture
def contacts(weigh):
    return lambda *records: weigh(CONTACT, *records, entity="contact")


@pytest.fixture
def individuals(weigh):
    return lambda *records: weigh(INDIVIDUAL, *records)


class TestNames:
    @pytest.mark.parametrize(
        ("one", "other", "level"),
        [
            (("Zoé", "Fictive"), ("zoe", "FICTIVE"), "full"),
            (("Zoé", "Fictive"), ("Fictive", "Zoé"), "full"),
            (("Clémence", "Fictive"), ("Clémance", "Fictive"), "first_close"),
            (("Zoé", "Fictive"), ("Zoé", "Fictivve"), "last_close"),
            (("Z.", "Fictive"), ("Zoé", "Fictive"), "initial"),
            (("Clémence", "Fictive"), ("Clémance", "Fictivve"), "both_close"),
            (("Zoé", "Fictive"), ("Ida", "Fictive"), "family"),
            (("Zoé", "Fictive"), ("Ida", "Autre"), "other"),
            ((None, "Fictive"), ("Ida", "Fictive"), "missing"),
        ],
    )
    def test_are_told_apart_by_level(self, contacts, one, other, level):
        scored = contacts(contact(*one, email=MAIL), contact(*other, email=MAIL))
        assert scored.level("name") == level

    def test_two_usual_first_names_are_two_people(self, contacts):
        usual = [
            contact(first, f"{first}ard{n}") for n in range(3) for first in ("Karim", "Karine")
        ]

        scored = contacts(
            contact("Karim", "Fictif", email=MAIL), contact("Karine", "Fictif", email=MAIL), *usual
        )

        assert scored.level("name") == "family"

    def test_weigh_more_when_they_are_rare(self, contacts):
        crowd = [contact("Jean", "Martin", postcode=f"{n:05d}") for n in range(60)]

        scored = contacts(
            contact("Zoé", "Fictive", email=MAIL), contact("Zoé", "Fictive", email=MAIL), *crowd
        )

        assert scored.pairs[1, 2].weights[0] > scored.pairs[3, 4].weights[0] + 3

    def test_of_an_individual_may_come_in_either_order_and_with_a_title(self, individuals):
        scored = individuals(individual("Mme Zoé Fictive"), individual("FICTIVE Zoe"))
        assert scored.level("name") == "full"


class TestEmail:
    @pytest.mark.parametrize(
        ("one", "other", "level"),
        [
            (MAIL, "Zoe.Fictive+lettre@orange.fr", "same"),
            (MAIL, "zoe.fictve@orange.fr", "typo"),
            (MAIL, "zoe.fictive@free.fr", "local"),
            (MAIL, "ida.autre@laposte.net", "other"),
            (MAIL, None, "missing"),
            ("contact@fictif.example", "contact@fictif.example", "missing"),
        ],
    )
    def test_is_told_apart_by_level(self, contacts, one, other, level):
        scored = contacts(contact(email=one), contact(email=other))
        assert scored.level("email") == level

    def test_of_a_mailbox_said_to_be_shared_is_no_evidence(self, contacts):
        shared = contact(email=MAIL, is_shared_mailbox="true")
        assert contacts(shared, contact(email=MAIL)).level("email") == "missing"


class TestPhone:
    def test_weighs_less_when_many_share_it(self, contacts):
        few = contacts(contact(phone=PHONE), contact(phone=PHONE)).pairs[1, 2].weights[2]
        switchboard = [contact("Ida", f"Autre{n}", phone=PHONE) for n in range(40)]

        many = contacts(contact(phone=PHONE), contact(phone=PHONE), *switchboard)

        assert many.pairs[1, 2].weights[2] < few - 5


class TestContactGuard:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (contact(email=MAIL), contact(None, None, email=MAIL)),
            (contact(email=MAIL), contact("Z", "Fictive", email=MAIL)),
            (contact(phone=PHONE), contact(phone=PHONE, postcode="69001")),
            (contact(phone=PHONE), contact("Fictive", "Zoé", phone=PHONE)),
            (contact(siren="552100554"), contact("Zoé", "Fictivve", siret="55210055400013")),
            (
                contact(company="Atelier SARL", postcode="69001"),
                contact(company="ATELIER", postcode="69001"),
            ),
        ],
    )
    def test_lets_strong_evidence_pass(self, contacts, one, other):
        assert contacts(one, other).is_sure()

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (contact(phone=PHONE, email=MAIL), contact("Ida", "Fictive", phone=PHONE, email=MAIL)),
            (contact(phone=PHONE), contact("Ida", "Autre", phone=PHONE)),
            (
                contact(email="contact@fictif.example"),
                contact("Ida", "Autre", email="contact@fictif.example"),
            ),
            (contact(postcode="69001"), contact(postcode="69001")),
            (
                contact(company="Atelier", siren="552100554"),
                contact(company="Atelier", siren="443061841"),
            ),
            (
                contact(company="Atelier", postcode="69001"),
                contact("Ida", "Fictive", company="Atelier", postcode="69001"),
            ),
        ],
        ids=[
            "household",
            "switchboard",
            "shared mailbox",
            "homonyms",
            "namesake firms",
            "siblings",
        ],
    )
    def test_keeps_hard_cases_apart(self, contacts, one, other):
        assert not contacts(one, other).is_sure()


class TestIndividualGuard:
    ROOF = {"address_line": "1 rue des Lilas", "postcode": "69001"}

    def test_lets_the_same_name_at_the_same_address_pass(self, individuals):
        other = individual("Fictive Zoé", address_line="1, r. des Lilas", postcode="69001")
        assert individuals(individual(**self.ROOF), other).is_sure()

    def test_lets_the_same_name_with_the_same_account_pass(self, individuals):
        account = {"iban": "FR76 3000 6000 0112 3456 7890 189"}
        assert individuals(individual(**account), individual(**account)).is_sure()

    def test_keeps_a_household_apart_whatever_it_shares(self, individuals):
        home = {**self.ROOF, "phone": PHONE, "email": MAIL, "iban": "FR7630006000011234567890189"}
        scored = individuals(individual("Zoé Fictive", **home), individual("Ida Fictive", **home))
        assert not scored.is_sure()

    def test_does_not_even_propose_a_household_that_shares_its_roof(self, individuals):
        scored = individuals(
            individual("Zoé Fictive", **self.ROOF), individual("Ida Fictive", **self.ROOF)
        )
        assert scored.pairs[1, 2].weight < 0
