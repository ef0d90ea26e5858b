from importlib import import_module

from django.contrib import admin
from django.urls import include, path

from core.access import Gate, Mark, mark_routes

# Routes of the account library that somebody who is not signed in needs; all others ask for an account.
OPEN_ACCOUNT_ROUTES = {
    "account_login",
    "account_signup",
    "account_signup_by_passkey",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_confirm_login_code",
    "account_request_login_code",
    "account_inactive",
    "account_logout",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_trust",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
}

account_routes = import_module("allauth.urls")
mark_routes(
    account_routes.urlpatterns,
    lambda name: Mark(Gate.PUBLIC if name in OPEN_ACCOUNT_ROUTES else Gate.SIGNED_IN),
)

urlpatterns = [
    path("accounts/", include(account_routes)),
    path("office/", admin.site.urls),
    path("", include("dashboards.urls")),
    path("", include("programs.urls")),
    path("", include("cohorts.urls")),
    path("", include("announcements.urls")),
    path("", include("coaching.urls")),
    path("", include("assignments.urls")),
    path("", include("operations.urls")),
    path("", include("notifications.urls")),
    path("", include("jobs.urls")),
]

handler400 = "core.refusals.bad_request"
handler403 = "core.refusals.permission_denied"
handler404 = "core.refusals.page_not_found"
handler500 = "core.refusals.server_error"
