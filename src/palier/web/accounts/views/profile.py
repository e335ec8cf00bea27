"""One's own account: name, language, appearance, password, sessions."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from palier.accounts import operations
from palier.web.accounts import forms
from palier.web.components import Status
from palier.web.http import PersonRequest, signed_in
from palier.web.layout import THEME_COOKIE


@signed_in
def profile(request: PersonRequest) -> HttpResponse:
    """Show and change one's preferences."""
    person = request.user
    form = forms.Preferences(
        request.POST or None,
        initial={"name": person.name, "language": person.language, "theme": person.theme},
    )
    if request.method == "POST" and form.is_valid():
        operations.set_preferences(person=person, **form.cleaned_data)
        with translation.override(person.language):
            messages.success(request, _("Your preferences are saved."))
        answer = redirect("accounts:profile")
        answer.delete_cookie(THEME_COOKIE)  # what is chosen here holds on this device too
        return answer
    on = get_adapter().is_mfa_enabled(person)
    two_factor = (
        Status(pgettext("two-factor sign-in", "on"), "good")
        if on
        else Status(pgettext("two-factor sign-in", "off"), "idle")
    )
    context = {"form": form, "two_factor": two_factor}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def end_other_sessions(request: PersonRequest) -> HttpResponse:
    """Sign out every other device."""
    operations.end_other_sessions(person=request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Every other device is signed out."))
    return redirect("accounts:profile")
