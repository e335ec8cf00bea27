"""Tables of accounts: people, companies, their units, who belongs where and who is invited.

`Person` stands outside companies: somebody signs in before any company is known. Every other
table is bound to its company by a policy of the database (migrations).
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Lower, Now, Trim
from django.db.models.lookups import GreaterThan
from django.utils.crypto import salted_hmac

from palier.accounts.permissions import Role

SLUG_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"
DIGEST_PATTERN = "^[0-9a-f]{64}$"


class PublicId(models.Func):
    """The database's own random identifier, in order of time where it can."""

    function = "palier_public_id"
    template = "%(function)s()"


def _public_id() -> models.UUIDField[uuid.UUID, uuid.UUID]:
    return models.UUIDField(
        unique=True, editable=False, db_default=PublicId(output_field=models.UUIDField())
    )


def _not_blank(field: str, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=GreaterThan(Length(Trim(F(field))), 0), name=name)


def _paired(*fields: str, name: str) -> models.CheckConstraint:
    """An instant and its author are known together or not at all."""
    absent = Q(**{f"{field}__isnull": True for field in fields})
    present = Q(**{f"{field}__isnull": False for field in fields})
    return models.CheckConstraint(condition=absent | present, name=name)


class PersonManager(BaseUserManager["Person"]):
    """Finds people by e-mail address, whatever the case it is typed in."""

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person who signs in with this address."""
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser):
    """Somebody who signs in, by e-mail address; may belong to several companies or to none."""

    class Language(models.TextChoices):
        FR = "fr"
        EN = "en"

    class Theme(models.TextChoices):
        SYSTEM = "SYSTEM"
        LIGHT = "LIGHT"
        DARK = "DARK"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.FR)
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(default=True)
    sessions_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "accounts_person"
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="person_email_in_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(language__in=["fr", "en"]), name="person_language_known"
            ),
            models.CheckConstraint(
                condition=Q(theme__in=["SYSTEM", "LIGHT", "DARK"]), name="person_theme_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name as the person wrote it, else the address."""
        return self.name or self.email

    def get_session_auth_hash(self) -> str:
        """Changes with the password and with each “sign out everywhere else”."""
        return self._mixed(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - Django yields strings
        """The same under earlier secret keys."""
        for digest in super().get_session_auth_fallback_hash():
            yield self._mixed(digest)

    def _mixed(self, digest: str) -> str:
        salt = "palier.accounts.sessions_epoch"
        return salted_hmac(salt, f"{digest}{self.sessions_epoch}", algorithm="sha256").hexdigest()


class Company(models.Model):
    """One company of the installation. Nothing of it is visible from another."""

    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")
    time_zone = models.CharField(max_length=60, default="Europe/Paris")
    country = models.CharField(max_length=2, default="FR")
    fiscal_year_start_month = models.PositiveSmallIntegerField(default=1)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_company"
        constraints = [
            models.CheckConstraint(
                condition=Q(slug__regex=SLUG_PATTERN), name="company_slug_plain"
            ),
            _not_blank("name", "company_name_not_blank"),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="company_currency_code"
            ),
            models.CheckConstraint(
                condition=Q(country__regex="^[A-Z]{2}$"), name="company_country_code"
            ),
            models.CheckConstraint(
                condition=Q(fiscal_year_start_month__range=(1, 12)), name="company_fiscal_month"
            ),
        ]


class OrgUnit(models.Model):
    """The company itself, a department of it, or a team: who works with whom.

    `parent_kind` repeats the parent's kind so that one foreign key (company, parent, kind) says
    both «same company» and «one level up»: a ring of units cannot be written at all.
    """

    class Kind(models.TextChoices):
        COMPANY = "COMPANY"
        DEPARTMENT = "DEPARTMENT"
        TEAM = "TEAM"

    company = models.ForeignKey(Company, models.CASCADE)
    public_id = _public_id()
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    parent_kind = models.CharField(max_length=10, null=True, choices=Kind)  # noqa: DJ001 - null with the parent
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)
    archived_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "accounts_org_unit"
        constraints = [
            models.UniqueConstraint(fields=["company", "id"], name="org_unit_in_company"),
            models.UniqueConstraint(fields=["company", "id", "kind"], name="org_unit_of_kind"),
            models.UniqueConstraint(
                fields=["company"], condition=Q(kind="COMPANY"), name="org_unit_one_root"
            ),
            models.UniqueConstraint(
                F("company"),
                F("parent"),
                Lower("name"),
                condition=Q(archived_at__isnull=True),
                name="org_unit_name_once",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="COMPANY", parent__isnull=True, parent_kind__isnull=True)
                    | Q(kind="DEPARTMENT", parent__isnull=False, parent_kind="COMPANY")
                    | Q(
                        kind="TEAM", parent__isnull=False, parent_kind__in=["COMPANY", "DEPARTMENT"]
                    )
                ),
                name="org_unit_under_its_parent",
            ),
            _paired("archived_at", "archived_by", name="org_unit_archived_pair"),
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True) | ~Q(kind="COMPANY"),
                name="org_unit_root_stays",
            ),
            _not_blank("name", "org_unit_name_not_blank"),
        ]


class Membership(models.Model):
    """A person belongs to a company with a role, from `joined_at` until `ended_at`."""

    company = models.ForeignKey(Company, models.CASCADE)
    public_id = _public_id()
    person = models.ForeignKey(Person, models.PROTECT)
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    org_unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True)
    joined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "accounts_membership"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "person"],
                condition=Q(ended_at__isnull=True),
                name="membership_live_once",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
            _paired("ended_at", "ended_by", name="membership_ended_pair"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("joined_at")),
                name="membership_ends_after_it_begins",
            ),
        ]


class Invitation(models.Model):
    """A link that lets one e-mail address join a company; only the digest of its token is kept."""

    company = models.ForeignKey(Company, models.CASCADE)
    public_id = _public_id()
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    org_unit = models.ForeignKey(OrgUnit, models.PROTECT, null=True)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "accounts_invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_pending_once",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="invitation_email_in_lower_case"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="invitation_role_known"
            ),
            models.CheckConstraint(
                condition=Q(token_digest__regex=DIGEST_PATTERN),
                name="invitation_digest_not_token",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("invited_at")), name="invitation_expires_later"
            ),
            _paired("accepted_at", "accepted_by", name="invitation_accepted_pair"),
            _paired("revoked_at", "revoked_by", name="invitation_revoked_pair"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="invitation_ends_one_way",
            ),
        ]


class ApiToken(models.Model):
    """A tool's right to speak to the API; only the digest of its secret is kept."""

    company = models.ForeignKey(Company, models.CASCADE)
    public_id = _public_id()
    name = models.CharField(max_length=120)
    tool = models.CharField(max_length=100, blank=True)
    scopes = ArrayField(models.CharField(max_length=40))
    token_digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=20)
    rate_per_minute = models.PositiveIntegerField(null=True)
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "accounts_api_token"
        constraints = [
            models.CheckConstraint(
                condition=Q(token_digest__regex=DIGEST_PATTERN), name="api_token_digest_not_token"
            ),
            _paired("revoked_at", "revoked_by", name="api_token_revoked_pair"),
            _not_blank("name", "api_token_name_not_blank"),
        ]


class ApiWindow(models.Model):
    """How many requests a token with a limit has made in the current minute."""

    company = models.ForeignKey(Company, models.CASCADE)
    token = models.OneToOneField(ApiToken, models.CASCADE)
    starts = models.BigIntegerField()
    used = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "accounts_api_window"


class IdempotencyKey(models.Model):
    """A request that a tool may send again: its answer is kept for a day and given again."""

    company = models.ForeignKey(Company, models.CASCADE)
    token = models.ForeignKey(ApiToken, models.CASCADE)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_idempotency_key"
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]
