"""What Palier changes in the account library: no open sign-up, mail in the reader's language."""

from __future__ import annotations

import logging
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from palier.accounts import queries
from palier.kernel.sealing import seal, unseal

logger = logging.getLogger(__name__)
_MFA = "palier.web.accounts.mfa"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in as Palier wants it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people come by invitation."""
        return False

    def format_email_subject(self, subject: str) -> str:
        """The subject alone, without the host name in brackets."""
        return str(subject)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to one's own account."""
        return reverse("accounts:profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send in the language of the person who reads, with the public address of the site.

        A mail server that does not answer gives a page that says so.
        """
        person = queries.find_person(email=email)
        language = person.language if person else translation.get_language()
        try:
            with translation.override(language):
                super().send_mail(
                    template_prefix, email, {**context, "base_url": settings.BASE_URL}
                )
        except OSError as error:
            logger.exception("mail not sent: %s", template_prefix)
            if "password_reset_url" not in context and "signup_url" not in context:
                return
            response = render(self.request, "accounts/mail_failed.html", status=503)
            raise ImmediateHttpResponse(response) from error

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a reset message, on the public address whatever host was asked."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL + path.replace("UID-KEY", key)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person about each change of how they sign in."""
        address = email or cast("str | None", EmailAddress.objects.get_primary_email(user))
        if address:
            details = {"timestamp": timezone.now(), "ip": self.get_client_ip(self.request)}
            self.send_mail(template_prefix, address, {**details, **(context or {})})


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Two-factor secrets are kept encrypted with the installation's key."""

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return seal(text, purpose=_MFA)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret as it was given."""
        return unseal(encrypted_text, purpose=_MFA)

    def _get_site_name(self) -> str:
        return "Palier"
