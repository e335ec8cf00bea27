"""Messages of accounts, in the language of the person who reads them."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from palier.accounts import queries
from palier.accounts.operations import InvitationMade
from palier.web.accounts import labels

logger = logging.getLogger(__name__)


def invitation_url(token: str) -> str:
    """The link to hand to an invited person, on the public address of the installation."""
    return settings.BASE_URL + reverse("accounts:invitation", args=[token])


def send_invitation(made: InvitationMade, *, language: str) -> bool:
    """Send an invitation's link; False when the mail server refused or did not answer.

    Somebody who has an account reads it in their language, anybody else in `language`.
    """
    invitation = made.invitation
    person = queries.find_person(email=invitation.email)
    with translation.override(person.language if person else language):
        context = {
            "company": invitation.company.name,
            "author": invitation.invited_by,
            "role": labels.ROLES[invitation.role],
            "url": invitation_url(made.token),
            "expires_at": invitation.expires_at,
        }
        subject = render_to_string("accounts/email/invitation_subject.txt", context)
        body = render_to_string("accounts/email/invitation_message.txt", context)
    message = EmailMessage(" ".join(subject.split(None)), body, to=[invitation.email])
    try:
        return bool(message.send())
    except OSError:
        logger.exception("invitation not sent")
        return False
