"""People: who may sign in, whatever company they belong to."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from palier.accounts import queries
from palier.accounts.models import Person
from palier.kernel.refusals import Refusal


class EmailUnusable(Refusal):
    code = "accounts.email-unusable"
    message = "“%(email)s” is not an e-mail address."


class PersonExists(Refusal):
    code = "accounts.person-exists"
    message = "%(email)s already has an account."


class PreferenceUnknown(Refusal):
    code = "accounts.preference-unusable"
    message = "“%(value)s” cannot be used here."


def valid_address(email: str) -> str:
    """An address as it is stored. Raises: `EmailUnusable`."""
    address = queries.normal_email(email)
    try:
        validate_email(address)
    except ValidationError as error:
        raise EmailUnusable(email=email) from error
    return address


def create_person(
    *, email: str, name: str = "", language: str = "fr", password: str | None = None
) -> Person:
    """A person who may sign in; without a password, only a link lets them choose one.

    The address counts as verified: whoever runs a command or follows an invitation has it.
    Raises: `EmailUnusable`, `PersonExists`.
    """
    address = valid_address(email)
    with transaction.atomic():
        if Person.objects.filter(email=address).exists():
            raise PersonExists(email=address)
        person = Person(email=address, name=name.strip(), language=language)
        if password is None:
            person.set_unusable_password()
        else:
            person.set_password(password)
        person.save()
        EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)
    return person


def set_preferences(*, person: Person, name: str, language: str, theme: str) -> None:
    """Change how a person is named and reads Palier. Raises: `PreferenceUnknown`."""
    if language not in Person.Language.values:
        raise PreferenceUnknown(value=language)
    if theme not in Person.Theme.values:
        raise PreferenceUnknown(value=theme)
    person.name, person.language, person.theme = name.strip(), language, theme
    person.save(update_fields=["name", "language", "theme"])


def end_other_sessions(*, person: Person) -> None:
    """Sign the person out everywhere; the shell keeps the session that asked."""
    Person.objects.filter(pk=person.pk).update(sessions_epoch=F("sessions_epoch") + 1)
    person.refresh_from_db(fields=["sessions_epoch"])
