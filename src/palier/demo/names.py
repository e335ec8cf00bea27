"""Invented names and numbers: trades × made-up places, SIRENs nobody was given, reserved domains and phones."""

from __future__ import annotations

import re
from random import Random

from palier.kernel.alphabet import without_accents

TRADES = (
    ("Menuiserie", "Bois"),
    ("Ébénisterie", "Bois"),
    ("Charpentes", "Bois"),
    ("Scierie", "Bois"),
    ("Chaudronnerie", "Métal"),
    ("Serrurerie", "Métal"),
    ("Ferronnerie", "Métal"),
    ("Mécanique", "Métal"),
    ("Tôlerie", "Métal"),
    ("Fonderie", "Métal"),
    ("Usinage", "Métal"),
    ("Imprimerie", "Impression"),
    ("Reliure", "Impression"),
    ("Enseignes", "Impression"),
    ("Carrosserie", "Automobile"),
    ("Garage", "Automobile"),
    ("Sellerie", "Automobile"),
    ("Électricité", "Bâtiment"),
    ("Plomberie", "Bâtiment"),
    ("Couverture", "Bâtiment"),
    ("Façades", "Bâtiment"),
    ("Verrerie", "Bâtiment"),
    ("Miroiterie", "Bâtiment"),
    ("Confection", "Textile"),
    ("Broderies", "Textile"),
    ("Tapisserie", "Textile"),
    ("Biscuiterie", "Agroalimentaire"),
    ("Confiserie", "Agroalimentaire"),
    ("Conserverie", "Agroalimentaire"),
    ("Brasserie", "Agroalimentaire"),
)
PLACES = (
    "Montfable",
    "Belmarais",
    "Clairsonge",
    "Valrêvé",
    "Saint-Imagin",
    "Fontchimère",
    "Rocanvers",
    "Brumelieu",
    "Longuépine",
    "Sept-Lunes",
    "Castelvain",
    "Orfeuille",
    "Mirevent",
    "Noirécume",
    "Petit-Nulpart",
    "Aubefroide",
    "Tournelune",
    "Pierrefeinte",
    "Hautelisse",
    "Valdombre",
    "Croquemiel",
    "Bois-Mirage",
    "Fleurimont",
    "Gué-Perdu",
    "Sansécho",
    "Quatrevents-le-Faux",
    "Marebelle",
    "Vertépine",
    "Songeclair",
    "Trompelune",
    "Chantefable",
    "Douceroche",
    "Feintval",
    "Lointaine",
    "Malicorneau",
    "Outrebois",
    "Plumevent",
    "Rivefolle",
    "Sablelune",
    "Vagalune",
)
FORMS = ("SARL", "SARL", "SAS", "SAS", "EURL", "SASU", "SA", "SCOP")
CITIES = (
    ("01000", "Bourg-en-Bresse"),
    ("02100", "Saint-Quentin"),
    ("06000", "Nice"),
    ("07100", "Annonay"),
    ("13003", "Marseille"),
    ("14000", "Caen"),
    ("17000", "La Rochelle"),
    ("21000", "Dijon"),
    ("25000", "Besançon"),
    ("26000", "Valence"),
    ("29200", "Brest"),
    ("31200", "Toulouse"),
    ("33300", "Bordeaux"),
    ("34000", "Montpellier"),
    ("35000", "Rennes"),
    ("37000", "Tours"),
    ("38000", "Grenoble"),
    ("42000", "Saint-Étienne"),
    ("44300", "Nantes"),
    ("45000", "Orléans"),
    ("49300", "Cholet"),
    ("51100", "Reims"),
    ("54000", "Nancy"),
    ("56100", "Lorient"),
    ("57000", "Metz"),
    ("59000", "Lille"),
    ("59100", "Roubaix"),
    ("63000", "Clermont-Ferrand"),
    ("64000", "Pau"),
    ("67000", "Strasbourg"),
    ("68100", "Mulhouse"),
    ("69007", "Lyon"),
    ("72000", "Le Mans"),
    ("74000", "Annecy"),
    ("75011", "Paris"),
    ("76600", "Le Havre"),
    ("80000", "Amiens"),
    ("85000", "La Roche-sur-Yon"),
    ("87000", "Limoges"),
    ("93200", "Saint-Denis"),
)
STREETS = (
    "rue des Lilas",
    "rue du Moulin",
    "avenue de la Gare",
    "impasse des Tanneurs",
    "rue de l’Industrie",
    "chemin du Lavoir",
    "allée des Platanes",
    "rue des Forges",
    "boulevard de la Fabrique",
    "zone artisanale des Sources",
    "quai des Mariniers",
    "rue Neuve",
)
WOMEN = (
    "Agnès",
    "Alice",
    "Amélie",
    "Anaïs",
    "Aurélie",
    "Bérénice",
    "Camille",
    "Cécile",
    "Chloé",
    "Claire",
    "Delphine",
    "Élodie",
    "Estelle",
    "Fanny",
    "Florence",
    "Gaëlle",
    "Inès",
    "Isabelle",
    "Joëlle",
    "Laure",
    "Léa",
    "Lucie",
    "Maëlle",
    "Malika",
    "Mathilde",
    "Nadège",
    "Nathalie",
    "Noémie",
    "Sandrine",
    "Sofia",
    "Valérie",
)
MEN = (
    "Adrien",
    "André",
    "Antoine",
    "Aziz",
    "Benoît",
    "Corentin",
    "Damien",
    "David",
    "Émile",
    "Éric",
    "Farid",
    "François",
    "Gérard",
    "Guillaume",
    "Hugo",
    "Jérôme",
    "Julien",
    "Louis",
    "Marc",
    "Mehdi",
    "Olivier",
    "Pascal",
    "Paul",
    "Quentin",
    "Raphaël",
    "Rémi",
    "Stéphane",
    "Thomas",
    "Yann",
)
LAST_NAMES = (
    "Arnaud",
    "Aubert",
    "Bailly",
    "Barbier",
    "Benoist",
    "Bertin",
    "Besnard",
    "Blanchard",
    "Bouvier",
    "Brunet",
    "Caron",
    "Chevalier",
    "Colin",
    "Cordier",
    "Daniel",
    "Delattre",
    "Diallo",
    "Dumas",
    "Dupuis",
    "Etcheverry",
    "Fabre",
    "Fleury",
    "Fontaine",
    "Gaillard",
    "Garnier",
    "Gauthier",
    "Gillet",
    "Girard",
    "Guérin",
    "Haddad",
    "Hamon",
    "Hubert",
    "Jacquet",
    "Joly",
    "Klein",
    "Lacroix",
    "Lambert",
    "Le Goff",
    "Leclercq",
    "Lefèvre",
    "Lemoine",
    "Maillard",
    "Marchand",
    "Masson",
    "Mercier",
    "Meunier",
    "Moulin",
    "Nguyen",
    "Noël",
    "Olivier",
    "Pelletier",
    "Perrin",
    "Picard",
    "Poirier",
    "Prévost",
    "Renaud",
    "Rivière",
    "Rousseau",
    "Roux",
    "Schmitt",
    "Simonet",
    "Tessier",
    "Traoré",
    "Vidal",
)
TITLES = (
    ("Gérante", "Gérant"),
    ("Directrice générale", "Directeur général"),
    ("Responsable d’atelier", "Responsable d’atelier"),
    ("Responsable administrative", "Responsable administratif"),
    ("Cheffe d’atelier", "Chef d’atelier"),
    ("Directrice technique", "Directeur technique"),
    ("Assistante de direction", "Assistant de direction"),
    ("Responsable planning", "Responsable planning"),
)
"""Job titles, as a woman and as a man bear them."""
HEADCOUNTS = ("1 à 9", "10 à 19", "20 à 49", "50 à 99", "100 à 249")
FICTIONAL_SIREN = 99_900_000
"""Numbers in 999 0xx xxx: the national register is decades away from them."""


def slug(text: str) -> str:
    """Lower-case letters and digits joined by hyphens, without accents."""
    return re.sub(r"[^a-z0-9]+", "-", without_accents(text).lower()).strip("-")


def siren(rank: int) -> str:
    """A SIREN with a right key in the fictional range."""
    body = str(FICTIONAL_SIREN + rank)
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


def invalid_siren(valid: str) -> str:
    """The same with a wrong last digit, as a typing slip makes it."""
    return valid[:-1] + str((int(valid[-1]) + 3) % 10)


def vat_number(siren_no: str) -> str:
    """The French VAT number of a SIREN."""
    return f"FR{(12 + 3 * (int(siren_no) % 97)) % 97:02d}{siren_no}"


def company_phone(rank: int) -> str:
    """A fixed line in the range kept for fiction (01 99 00 xx xx)."""
    return f"01 99 00 {rank // 100 % 100:02d} {rank % 100:02d}"


def mobile_phone(rank: int) -> str:
    """A mobile number in the range kept for fiction (06 39 98 xx xx)."""
    return f"06 39 98 {rank // 100 % 100:02d} {rank % 100:02d}"


def company_names(rng: Random) -> list[tuple[str, str]]:
    """Every (name, industry) that trades and places make, shuffled: no two alike."""
    found = [(f"{trade} {place}", industry) for trade, industry in TRADES for place in PLACES]
    rng.shuffle(found)
    return found


def typo(name: str, rng: Random) -> str:
    """The name with two letters swapped, never the same name."""
    places = [
        n for n in range(1, len(name) - 2) if name[n] != name[n + 1] and " " not in name[n : n + 2]
    ]
    at = rng.choice(places)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
