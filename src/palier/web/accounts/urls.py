"""Addresses of accounts: our own pages, and exactly the pages of the account library we offer."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.conf import settings
from django.urls import include, path, re_path

from palier.web.accounts.credentials import shaped
from palier.web.accounts.views import joining, profile, team
from palier.web.accounts.views import settings as company

own = [
    path("invitation/<str:token>/", joining.invitation, name="invitation"),
    path("companies/switch/", joining.switch_company, name="switch_company"),
    path("companies/none/", joining.no_company, name="no_company"),
    path("account/", profile.profile, name="profile"),
    path("account/sessions/end/", profile.end_other_sessions, name="end_other_sessions"),
    path("team/", team.team, name="team"),
    path("team/invitations/", team.invite, name="invite"),
    path(
        "team/invitations/<uuid:public_id>/renew/", team.renew_invitation, name="renew_invitation"
    ),
    path(
        "team/invitations/<uuid:public_id>/revoke/",
        team.revoke_invitation,
        name="revoke_invitation",
    ),
    path("team/members/<uuid:public_id>/", team.place_member, name="place_member"),
    path("team/members/<uuid:public_id>/end/", team.end_membership, name="end_membership"),
    path("team/units/", company.units, name="units"),
    path("team/units/<uuid:public_id>/", company.change_unit, name="change_unit"),
    path("team/units/<uuid:public_id>/archive/", company.archive_unit, name="archive_unit"),
    path("settings/", company.company, name="settings"),
]

reset_done = account.PasswordResetDoneView.as_view(
    extra_context={"mail_is_kept_as_files": not settings.EMAIL_URL}
)
library = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("two-factor/", mfa.index, name="mfa_index"),
    path("two-factor/authenticate/", shaped(mfa.authenticate), name="mfa_authenticate"),
    path("two-factor/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("two-factor/app/on/", totp.activate_totp, name="mfa_activate_totp"),
    path("two-factor/app/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("two-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "two-factor/codes/make/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path(
        "two-factor/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"
    ),
    path("two-factor/keys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("two-factor/keys/add/", shaped(keys.add_webauthn), name="mfa_add_webauthn"),
    path("two-factor/keys/login/", shaped(keys.login_webauthn), name="mfa_login_webauthn"),
    path(
        "two-factor/keys/reauthenticate/",
        shaped(keys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("two-factor/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("two-factor/keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    # messages to unknown addresses and the sign-in page point here
    path("signup/", joining.by_invitation_only, name="account_signup"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("account/", include(library)),
]
