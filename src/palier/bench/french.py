"""Fictional French customers for the matching benchmark: companies, groups, individuals, households.

19 % of the rows are another tool's version of an earlier one: typing errors, lost accents, swapped
names, missing or changed e-mail, telephone and SIREN, legal forms, a VAT number instead of a SIREN.
Beside them stand those who must stay apart: homonyms, families at one address and telephone,
contact@ and switchboards, groups whose subsidiaries share domain and half a name. Source: hub.md §1.2.
The weights were adjusted while looking at it: what it shows of them is no independent measure (docs/benchmarks.md).
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from palier.bench import french_words as words

DUPLICATES = 0.19
COLUMNS = (
    "kind",
    "name",
    "legal_name",
    "siren",
    "siret",
    "vat_no",
    "iban",
    "domain",
    "email",
    "phone",
    "address_line",
    "postcode",
    "city",
)


@dataclass(slots=True)
class Customer:
    """One row as a tool has it; `thing` is who it really is."""

    thing: int
    kind: str | None
    name: str
    form: str = ""
    siren: str | None = None
    siret: str | None = None
    vat_no: str | None = None
    iban: str | None = None
    domain: str | None = None
    email: str | None = None
    phone: str | None = None
    address_line: str | None = None
    postcode: str | None = None
    city: str | None = None

    def row(self) -> tuple[str | None, ...]:
        """The values in the order of `COLUMNS`."""
        name = f"{self.name} {self.form}" if self.form else self.name
        return (
            self.kind,
            name,
            None,
            self.siren,
            self.siret,
            self.vat_no,
            self.iban,
            self.domain,
            self.email,
            self.phone,
            self.address_line,
            self.postcode,
            self.city,
        )


def siren(chance: random.Random) -> str:
    """Nine digits with a right key."""
    digits = [chance.randrange(1, 10), *(chance.randrange(10) for _ in range(7))]
    total = sum(
        digit if place % 2 == 0 else 2 * digit - 9 * (digit > 4)
        for place, digit in enumerate(digits)
    )
    return "".join(map(str, [*digits, -total % 10]))


def vat_of(number: str) -> str:
    """The French VAT number of a SIREN."""
    return f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"


def typo(chance: random.Random, text: str) -> str:
    """One letter lost, doubled, changed or swapped with the next."""
    if len(text) < 4:
        return text
    place = chance.randrange(1, len(text) - 1)
    kind = chance.randrange(4)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place] + text[place:]
    if kind == 2:
        return text[:place] + chance.choice("aeirstnlu") + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def bare(text: str) -> str:
    """Without accents, apostrophes and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.replace("'", "").replace("-", "").replace(" ", "").lower()


class Maker:
    """Draws customers, each row after the other, the same for the same seed."""

    def __init__(self, *, seed: int = 20261125) -> None:
        self.chance = random.Random(seed)
        self.things = 0
        pool = random.Random(7)
        self.last_names = [
            (
                "".join(pool.choice(words.SYLLABLES) for _ in range(pool.choice((1, 2, 2))))
                + pool.choice(words.ENDINGS)
            ).capitalize()
            for _ in range(30_000)
        ]
        self.domains: dict[str, int] = {}

    def rows(self, count: int) -> Iterator[Customer]:
        """`count` rows in an order that mixes everything."""
        originals: list[Customer] = []
        wanted = round(count * (1 - DUPLICATES))
        while len(originals) < wanted:
            originals += self._drawn()
        del originals[wanted:]
        copies = [self._copy(self.chance.choice(originals)) for _ in range(count - wanted)]
        rows = originals + copies
        self.chance.shuffle(rows)
        yield from rows

    def _drawn(self) -> list[Customer]:
        draw = self.chance.random()
        if draw < 0.03:
            return self._group()
        if draw < 0.62:
            return [self._company()]
        if draw < 0.67:
            return self._household()
        return [self._individual()]

    def _thing(self) -> int:
        self.things += 1
        return self.things

    def _maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def last_name(self) -> str:
        """Few names are borne by many: the square of a draw favours the first ones."""
        return self.last_names[int(len(self.last_names) * self.chance.random() ** 2.5)]

    def first_name(self) -> str:
        return words.FIRST_NAMES[int(len(words.FIRST_NAMES) * self.chance.random() ** 1.4)]

    def phone(self, *, mobile: bool) -> str:
        first = self.chance.choice("67") if mobile else self.chance.choice("12345")
        return f"+33{first}{self.chance.randrange(10**8):08d}"

    def place(self) -> tuple[str, str, str]:
        """Street line, postcode and town; towns are as unequal as real ones."""
        number = int(6_000 * self.chance.random() ** 1.7)
        postcode = f"{1_000 + number * 15:05d}"
        town = f"{words.TOWNS[number % len(words.TOWNS)]} {number // len(words.TOWNS)}"
        road = self.chance.choice(words.ROADS)[0]
        line = f"{self.chance.randrange(1, 150)} {road} {self.chance.choice(words.STREETS)}"
        return line, postcode, town

    def iban(self) -> str:
        return f"FR76{self.chance.randrange(10**11):011d}{self.chance.randrange(10**12):012d}"

    def company_name(self) -> str:
        draw = self.chance.random()
        if draw < 0.55:
            return f"{self.chance.choice(words.TRADES)} {self.last_name()}"
        if draw < 0.85:
            syllable = self.chance.choice(words.SYLLABLES)
            return (
                self.chance.choice(words.BRANDS)
                + syllable
                + self.chance.choice(words.BRAND_ENDINGS)
            )
        return f"{self.last_name()} & {self.chance.choice(('Fils', 'Associés', 'Frères', self.last_name()))}"

    def domain(self, name: str) -> str:
        """A web domain of its own: a number follows where it is taken."""
        stem = bare(name).replace("&", "")
        taken = self.domains[stem] = self.domains.get(stem, 0) + 1
        return f"{stem}{taken if taken > 1 else ''}.example"

    def _company(self) -> Customer:
        line, postcode, town = self.place()
        name = self.company_name()
        made = Customer(
            self._thing(),
            "company" if self._maybe(0.8) else None,
            name,
            form=self.chance.choice(words.FORMS[:5]) if self._maybe(0.6) else "",
            address_line=line if self._maybe(0.8) else None,
            postcode=postcode if self._maybe(0.92) else None,
            city=town,
            phone=self.phone(mobile=self._maybe(0.25)) if self._maybe(0.8) else None,
            iban=self.iban() if self._maybe(0.15) else None,
        )
        self._register(made)
        if self._maybe(0.7):
            domain = self.domain(name)
            made.domain = domain if self._maybe(0.6) else None
            made.email = self._mailbox(domain)
        elif self._maybe(0.6):
            made.email = (
                f"{bare(name)[:18]}{self.chance.randrange(1, 99)}@{self.chance.choice(words.MAIL)}"
            )
        return made

    def _register(self, made: Customer, *, known: float = 0.7) -> None:
        number = siren(self.chance)
        if self._maybe(known):
            made.siren = number
        elif self._maybe(0.3):
            made.vat_no = vat_of(number)
        elif self._maybe(0.2):
            made.siret = number + f"{self.chance.randrange(1, 30):05d}"

    def _mailbox(self, domain: str) -> str | None:
        draw = self.chance.random()
        if draw < 0.6:
            return f"{self.chance.choice(words.SHARED)}@{domain}"
        if draw < 0.85:
            return f"{bare(self.first_name())}.{bare(self.last_name())}@{domain}"
        return None

    def _group(self) -> list[Customer]:
        """A company and its subsidiaries: one domain, often one switchboard, half a name, sometimes one roof."""
        head = self._company()
        head.domain = head.domain or self.domain(head.name)
        made = [head]
        tails = self.chance.sample(
            (*words.ACTIVITIES, "Nord", "Sud", "Est", "Ouest", *words.TOWNS), 4
        )
        for number in range(self.chance.randrange(1, 5)):
            line, postcode, town = self.place()
            roof, tail = self._maybe(0.3), tails[number]
            same_name = number == 0 and self._maybe(0.3)
            daughter = replace(
                head,
                thing=self._thing(),
                name=head.name if same_name else f"{head.name} {tail}",
                form="SCI" if same_name else self.chance.choice(words.FORMS[:5]),
                siren=None,
                siret=None,
                vat_no=None,
                phone=head.phone if self._maybe(0.6) else self.phone(mobile=False),
                iban=head.iban if self._maybe(0.3) else self.iban(),
            )
            if not roof:
                daughter.address_line, daughter.postcode, daughter.city = line, postcode, town
            self._register(daughter, known=0.55)
            made.append(daughter)
        return made

    def _individual(self, last: str = "") -> Customer:
        line, postcode, town = self.place()
        first, last = self.first_name(), last or self.last_name()
        made = Customer(
            self._thing(),
            "individual",
            f"{first} {last}",
            address_line=line if self._maybe(0.7) else None,
            postcode=postcode if self._maybe(0.9) else None,
            city=town,
            phone=self.phone(mobile=self._maybe(0.8)) if self._maybe(0.75) else None,
            iban=self.iban() if self._maybe(0.08) else None,
        )
        if self._maybe(0.75):
            local = self.chance.choice((f"{first}.{last}", f"{first[0]}{last}", f"{last}{first}"))
            made.email = (
                f"{bare(local)}{self.chance.randrange(1, 999)}@{self.chance.choice(words.MAIL)}"
            )
        return made

    def _household(self) -> list[Customer]:
        """Two to four people of one name and roof; some share the telephone, the mailbox and the account."""
        head = self._individual()
        head.address_line, head.postcode, head.city = self.place()
        last = head.name.partition(" ")[2]
        made, firsts = [head], {head.name.partition(" ")[0]}
        for _ in range(self.chance.randrange(1, 4)):
            one = self._individual(last)
            if one.name.partition(" ")[0] in firsts:
                continue
            firsts.add(one.name.partition(" ")[0])
            one.address_line, one.postcode, one.city = head.address_line, head.postcode, head.city
            if self._maybe(0.5):
                one.phone = head.phone
            if self._maybe(0.15):
                one.email = head.email
            if self._maybe(0.2):
                one.iban = head.iban
            made.append(one)
        return made

    def _copy(self, original: Customer) -> Customer:
        """The same customer as another tool has it."""
        made = replace(original)
        if made.kind == "individual":
            self._rename_person(made)
        else:
            self._rename_company(made)
            made.kind = "company" if self._maybe(0.7) else None
        self._blur_numbers(made)
        if self._maybe(0.35):
            made.address_line = None
        elif made.address_line and self._maybe(0.3):
            for long, short in words.ROADS:
                made.address_line = made.address_line.replace(f" {long} ", f" {short} ")
        elif made.address_line and self._maybe(0.1):
            made.address_line = typo(self.chance, made.address_line)
        if self._maybe(0.12):
            made.postcode = None
        elif self._maybe(0.05):
            made.address_line, made.postcode, made.city = self.place()
        return made

    def _rename_person(self, made: Customer) -> None:
        first, _, last = made.name.partition(" ")
        if self._maybe(0.12):
            first = typo(self.chance, first)
        if self._maybe(0.12):
            last = typo(self.chance, last)
        if self._maybe(0.06):
            first = first[0]
        made.name = f"{last} {first}" if self._maybe(0.12) else f"{first} {last}"
        self._restyle(made)
        if self._maybe(0.1):
            made.name = f"{self.chance.choice(('M.', 'Mme'))} {made.name}"

    def _rename_company(self, made: Customer) -> None:
        if self._maybe(0.2):
            made.name = typo(self.chance, made.name)
        if self._maybe(0.05) and " " in made.name:
            made.name = " ".join(reversed(made.name.split()))
        if made.form != "SCI":
            made.form = self.chance.choice(words.FORMS[:5]) if self._maybe(0.35) else made.form
            made.form = "" if self._maybe(0.3) else made.form
        if made.form and self._maybe(0.1):
            made.form = ".".join(made.form) + "."
        self._restyle(made)

    def _restyle(self, made: Customer) -> None:
        draw = self.chance.random()
        if draw < 0.2:
            made.name = made.name.upper()
        elif draw < 0.4:
            made.name = unicodedata.normalize("NFKD", made.name).encode("ascii", "ignore").decode()

    def _blur_numbers(self, made: Customer) -> None:
        if self._maybe(0.25):
            made.email = None
        elif made.email and self._maybe(0.12):
            local, _, domain = made.email.partition("@")
            made.email = self.chance.choice(
                (
                    f"{local}@{self.chance.choice(words.MAIL) if domain in words.MAIL else domain}",
                    f"{self.chance.choice(words.SHARED)}@{domain}"
                    if domain not in words.MAIL
                    else None,
                    f"{typo(self.chance, local)}@{domain}",
                    f"{local}+lettre@{domain}",
                )
            )
        if self._maybe(0.3):
            made.phone = None
        elif made.phone and self._maybe(0.12):
            made.phone = self.phone(mobile=made.kind == "individual")
        if self._maybe(0.4):
            made.iban = None
        if self._maybe(0.3):
            made.domain = None
        known = made.siren or (made.siret or "")[:9] or (made.vat_no or "")[4:]
        if not known:
            return
        made.siren = made.siret = made.vat_no = None
        draw = self.chance.random()
        if draw < 0.45:
            return
        if draw < 0.75:
            made.siren = known
        elif draw < 0.9:
            made.vat_no = vat_of(known)
        else:
            made.siret = known + f"{self.chance.randrange(1, 30):05d}"
