"""Words from which the benchmark makes French names and places; nobody in particular is meant."""

from __future__ import annotations

# ruff: noqa: SIM905 - words read better in a row than as a column of quotes

FIRST_NAMES = (
    "Marie Jean Pierre Michel Nathalie Isabelle Catherine Philippe Sylvie Alain Martine Nicolas Christophe "
    "Patrick Christine Françoise Monique Valérie Laurent Sandrine Véronique Stéphane Daniel Bernard Frédéric "
    "Sophie Céline Chantal Sébastien Éric Julien David Olivier Patricia Thierry Pascal Anne Christian Dominique "
    "Aurélie Alexandre Thomas Brigitte Gérard Émilie Bruno Hélène Vincent Stéphanie Laurence Julie Maxime "
    "Anthony Élodie Virginie Guillaume Caroline Corinne Audrey Annie Kevin Antoine Karine Serge Didier Romain "
    "Delphine Lucas Camille Sarah Léa Emma Manon Chloé Louise Jade Inès Zoé Alice Lina Juliette Gabriel Raphaël "
    "Léo Louis Adam Hugo Arthur Jules Nathan Paul Ethan Victor Noah Mathis Clément Baptiste Quentin Florian "
    "Benjamin Jérôme Arnaud Fabrice Cédric Ludovic Xavier Gaëlle Maëlys Anaïs Noémie Clémence Mathilde Agathe "
    "Jean-Pierre Marie-Claude Jean-Luc Anne-Sophie Marie-Hélène Jean-Marc Yasmine Mehdi Karim Fatima Samir Nadia "
    "Rachid Leïla Amine Farid Oumar Aminata Moussa Fatou Linh Minh Wei João Maria Ana Paulo Carmen Antonio"
).split()
SYLLABLES = (
    "bar ber bou bri cal car cha che cla cor cou dau del des dou du fau fer fon fou gar gau gi gou gre gui ha "
    "jou la le lam lau lem ler lon mal mar mau mer mi mon mou na ner per pi pon pou ra re ri ro rou sa sau se "
    "sou tan ter thi tou va ver vi vil vin".split()
)
ENDINGS = "ard eau ier in on ot et el and ault eux ois el ac ec ez ieu oux as is ert ain ory elle ette ume".split()
TRADES = (
    "Boulangerie Menuiserie Transports Garage Plomberie Électricité Imprimerie Pharmacie Cabinet Atelier "
    "Maçonnerie Charpente Scierie Domaine Ferme Librairie Restaurant Hôtel Clinique Laboratoire Conserverie "
    "Fonderie Tannerie Verrerie Brasserie Distillerie Serrurerie Couverture Peinture Carrosserie Optique "
    "Ambulances Agence Studio Comptoir Maison Établissements Société Groupe Ateliers Jardins Pépinières"
).split()
BRANDS = "Nova Alti Océa Terra Luma Vega Sola Arca Hexa Poly Inno Digi Bio Eco Agri Logi Médi Cyber Nord Atla".split()
BRAND_ENDINGS = (
    "tec lis via log plus net care lab form tech sys com med pro data ser valia dia nova".split()
)
ACTIVITIES = "Conseil Services Industrie Distribution Immobilier Formation Logistique Énergie Santé Sécurité".split()
FORMS = ("SARL", "SAS", "SASU", "EURL", "SA", "SCI", "SNC", "EI")
TOWNS = (
    "Clairval Montbrac Saint-Aubert Villefosse Rochebelle Fontanille Beaucastel Vieux-Pont Noirmont Sauvelac "
    "Pierrefite Grandchêne Hautebrise Valserre Champvert Bourg-l’Étang La-Roche-Vive Port-Gris Mirefleurs Aubignac"
).split()
STREETS = (
    "de la Gare;de l’Église;des Écoles;de la République;Victor-Hugo;du Moulin;des Lilas;Jean-Jaurès;de Verdun;"
    "du Château;des Acacias;Pasteur;du Général-Leclerc;de la Paix;des Tilleuls;de la Mairie;du Stade;"
    "des Peupliers;Gambetta;de la Fontaine;du Lavoir;des Vignes;de la Liberté;Émile-Zola;des Champs"
).split(";")
ROADS = (
    ("rue", "r."),
    ("avenue", "av."),
    ("boulevard", "bd"),
    ("place", "pl."),
    ("chemin", "che."),
)
MAIL = (
    "gmail.com",
    "orange.fr",
    "free.fr",
    "hotmail.fr",
    "laposte.net",
    "yahoo.fr",
    "outlook.fr",
    "sfr.fr",
)
SHARED = ("contact", "info", "accueil", "commercial", "compta")
