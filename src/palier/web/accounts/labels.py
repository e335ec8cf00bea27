"""Words for the codes that accounts store."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from palier.accounts.permissions import Role

ROLES = {
    Role.LEADER: _("Leader"),
    Role.MANAGER: _("Manager"),
    Role.MEMBER: _("Member"),
    Role.READER: _("Reader"),
}
ROLE_MEANINGS = {
    Role.LEADER: _("Sees and sets everything, invites."),
    Role.MANAGER: _("Answers for a domain, imports and corrects data."),
    Role.MEMBER: _("Reads figures, data and the team."),
    Role.READER: _("From outside: reads figures and data, changes nothing."),
}
UNIT_KINDS = {
    "COMPANY": _("Company"),
    "DEPARTMENT": _("Department"),
    "TEAM": _("Team"),
}
LANGUAGES = (("fr", "Français"), ("en", "English"))
THEMES = (
    ("SYSTEM", _("As the system")),
    ("LIGHT", _("Light")),
    ("DARK", _("Dark")),
)
ENDINGS = {
    "ACCEPTED": _("This invitation has already been used. Sign in with your e-mail address."),
    "REVOKED": _("This invitation has been withdrawn. Ask for a new link."),
    "EXPIRED": _("This invitation has expired. Ask for a new link."),
}
"""Why a link no longer works."""
EUROPEAN_ZONES = (
    "Europe/Paris",
    "Europe/Brussels",
    "Europe/Luxembourg",
    "Europe/Zurich",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Lisbon",
    "Europe/Berlin",
    "Europe/Rome",
    "Indian/Reunion",
    "Indian/Mayotte",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Cayenne",
    "America/Montreal",
    "America/Miquelon",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "Africa/Casablanca",
    "Africa/Dakar",
    "Africa/Abidjan",
    "Africa/Tunis",
    "UTC",
)
"""Time zones offered first: France, its overseas territories and its neighbours [ours]."""
COUNTRIES = (
    ("FR", _("France")),
    ("BE", _("Belgium")),
    ("CH", _("Switzerland")),
    ("LU", _("Luxembourg")),
    ("CA", _("Canada")),
    ("DE", _("Germany")),
    ("ES", _("Spain")),
    ("IT", _("Italy")),
    ("PT", _("Portugal")),
    ("GB", _("United Kingdom")),
    ("MA", _("Morocco")),
    ("TN", _("Tunisia")),
    ("SN", _("Senegal")),
    ("CI", _("Ivory Coast")),
)
"""Countries offered in the settings [ours]."""
