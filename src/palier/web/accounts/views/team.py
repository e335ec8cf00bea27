"""The team: who belongs, who is invited, roles."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from palier.accounts import operations, queries
from palier.accounts.operations import InvitationMade
from palier.accounts.permissions import Permission, may
from palier.accounts.queries import Member, Unit
from palier.kernel.refusals import Refusal
from palier.web.accounts import forms, labels, mail
from palier.web.components import Status
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.wording.sentences import said

PAGE = "accounts/team.html"


@require(Permission.VIEW_TEAM)
def team(request: MemberRequest) -> HttpResponse:
    """Everybody in the company, and who is invited."""
    return render(request, PAGE, _page(request))


@require(Permission.MANAGE_TEAM)
@require_POST
def invite(request: MemberRequest) -> HttpResponse:
    """Invite somebody; the answer shows the link, the only time it can be read."""
    units = queries.list_org_units(company=request.member.company)
    form = forms.Invite(request.POST, units=units)
    if form.is_valid():
        try:
            made = operations.invite(
                author=request.member,
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                org_unit_id=form.cleaned_data["unit"],
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("email", said(refusal))
        else:
            return _with_link(request, made)
    return render(request, _part(request, "invitations"), _page(request, invite=form), status=422)


@require(Permission.MANAGE_TEAM)
@require_POST
def renew_invitation(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Make a new link for an invitation; the former one stops working."""
    made = operations.renew_invitation(
        author=request.member, public_id=public_id, now=timezone.now()
    )
    return _with_link(request, made)


def _with_link(request: MemberRequest, made: InvitationMade) -> HttpResponse:
    sent = mail.send_invitation(made, language=request.user.language)
    link = {
        "url": mail.invitation_url(made.token),
        "email": made.invitation.email,
        "sent": sent and bool(settings.EMAIL_URL),
        "by_hand": not settings.EMAIL_URL,
    }
    return render(request, _part(request, "invitations"), _page(request, link=link))


@require(Permission.MANAGE_TEAM)
@require_POST
def revoke_invitation(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    operations.revoke_invitation(author=request.member, public_id=public_id, now=timezone.now())
    return _done(
        request, "invitations", _("The invitation is withdrawn: its link no longer works.")
    )


@require(Permission.MANAGE_TEAM)
@require_POST
def place_member(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Change a member's role and unit."""
    member = queries.get_member(company=request.member.company, public_id=public_id)
    units = queries.list_org_units(company=request.member.company)
    form = forms.MemberPlace(request.POST, units=units)
    if not form.is_valid():
        return _refused(request, _("Choose a role and a unit from the lists."))
    try:
        operations.place_member(
            author=request.member,
            public_id=public_id,
            role=form.cleaned_data["role"],
            org_unit_id=form.cleaned_data["unit"],
        )
    except Refusal as refusal:
        return _refused(request, said(refusal))
    if member.person_id == request.user.pk and request.htmx:
        return HttpResponseClientRefresh()  # what one may do on this page has changed
    return _done(request, "members", _("%(name)s: saved.") % {"name": member.name})


@require(Permission.MANAGE_TEAM)
@require_POST
def end_membership(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Let somebody leave the company."""
    member = queries.get_member(company=request.member.company, public_id=public_id)
    try:
        operations.end_membership(author=request.member, public_id=public_id, now=timezone.now())
    except Refusal as refusal:
        return _refused(request, said(refusal))
    if member.person_id == request.user.pk:
        return redirect("/")
    return _done(
        request,
        "members",
        _("%(name)s no longer has access. Invite them again to bring them back.")
        % {"name": member.name},
    )


def _refused(request: MemberRequest, reason: str) -> HttpResponse:
    return render(request, _part(request, "members"), _page(request, refusal=reason), status=422)


def _done(request: MemberRequest, part: str, message: str) -> HttpResponse:
    if request.htmx:
        return announce(render(request, f"{PAGE}#{part}", _page(request)), message)
    messages.success(request, message)
    return redirect("accounts:team")


def _part(request: MemberRequest, part: str) -> str:
    return f"{PAGE}#{part}" if request.htmx else PAGE


def _page(request: MemberRequest, **more: object) -> dict[str, object]:
    """Everything the page shows: three queries whatever the number of people."""
    company = request.member.company
    units = queries.list_org_units(company=company)
    manages = may(request.member, Permission.MANAGE_TEAM)
    now = timezone.now()
    expired = Status(_("Expired"), "warn")
    pending = queries.list_pending_invitations(company=company) if manages else []
    return {
        "rows": [_row(member, units) for member in queries.list_members(company=company)],
        "manages": manages,
        "roles": [
            (role, label, labels.ROLE_MEANINGS[role]) for role, label in labels.ROLES.items()
        ],
        "units": [(unit.public_id, "\u2003" * unit.depth + unit.name, unit.id) for unit in units],
        "pending": [
            {
                "invited": one,
                "role": labels.ROLES[one.role],
                "expired": expired if one.state(now=now) == "EXPIRED" else None,
            }
            for one in pending
        ],
        "invite": forms.Invite(units=units),
        **more,
    }


def _row(member: Member, units: list[Unit]) -> dict[str, object]:
    unit = next((unit for unit in units if unit.id == member.org_unit_id), None)
    return {
        "member": member,
        "key": member.public_id.hex,
        "role": labels.ROLES[member.role],
        "unit": unit.name if unit else "",
        "unit_id": unit.id if unit else None,
    }
