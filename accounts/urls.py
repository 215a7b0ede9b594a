"""The entrance and the settings, under our paths and the names that django-allauth looks for."""

from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.openid import callback, start
from accounts.views import entrance, factors, sessions, settings
from accounts.views.openid import OpenIdView

urlpatterns = [
    path("sign-in", entrance.SignInView.as_view(), name="account_login"),
    path("sign-in/second-factor", entrance.SecondFactorView.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey", entrance.SignInByPasskeyView.as_view(), name="mfa_login_webauthn"),
    re_path(r"^sign-in/(?P<provider_id>openid)$", start, name="openid_connect_login"),
    re_path(r"^sign-in/(?P<provider_id>openid)/callback$", callback, name="openid_connect_callback"),
    path("sign-in/inactive", entrance.InactiveView.as_view(), name="account_inactive"),
    path("sign-up", entrance.SignUpView.as_view(), name="account_signup"),
    path("sign-out", entrance.SignOutView.as_view(), name="account_logout"),
    path("verify-email", entrance.VerificationSentView.as_view(), name="account_email_verification_sent"),
    re_path(r"^verify-email/(?P<key>[-:\w]+)$", entrance.ConfirmAddressView.as_view(), name="account_confirm_email"),
    path("password/reset", entrance.ForgottenPasswordView.as_view(), name="account_reset_password"),
    path("password/reset/sent", entrance.ForgottenPasswordSentView.as_view(), name="account_reset_password_done"),
    path("password/reset/done", entrance.NewPasswordDoneView.as_view(), name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]{1,16})-(?P<key>[-0-9A-Za-z]{1,100})$",
        entrance.NewPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("confirm-it-is-you", entrance.ConfirmByPasswordView.as_view(), name="account_reauthenticate"),
    path("confirm-it-is-you/code", entrance.ConfirmByCodeView.as_view(), name="mfa_reauthenticate"),
    path("confirm-it-is-you/passkey", entrance.ConfirmByPasskeyView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("settings", settings.ProfileView.as_view(), name="settings-profile"),
    path("settings/email", settings.AddressView.as_view(), name="account_email"),
    path("settings/email/<str:token>", settings.ConfirmNewAddressView.as_view(), name="confirm-new-address"),
    path("settings/password", settings.ChangePasswordView.as_view(), name="account_change_password"),
    path("settings/password/set", settings.SetPasswordView.as_view(), name="account_set_password"),
    path("settings/sessions", sessions.sessions, name="usersessions_list"),
    path("settings/sessions/<int:pk>/end", sessions.end_session, name="end-session"),
    path("settings/sessions/others/end", sessions.end_other_sessions, name="end-other-sessions"),
    path("settings/security", factors.FactorsView.as_view(), name="mfa_index"),
    path("settings/security/app", factors.AddAppView.as_view(), name="mfa_activate_totp"),
    path("settings/security/app/remove", factors.RemoveAppView.as_view(), name="mfa_deactivate_totp"),
    path("settings/security/openid", OpenIdView.as_view(), name="openid"),
    path("settings/security/codes", factors.RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path(
        "settings/security/codes/download",
        factors.DownloadRecoveryCodesView.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path("settings/security/codes/renew", factors.RenewRecoveryCodesView.as_view(), name="mfa_generate_recovery_codes"),
    path(
        "settings/security/passkeys",
        login_required(RedirectView.as_view(pattern_name="mfa_index")),
        name="mfa_list_webauthn",
    ),
    path("settings/security/passkeys/add", factors.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("settings/security/passkeys/<int:pk>/rename", factors.RenamePasskeyView.as_view(), name="mfa_edit_webauthn"),
    path("settings/security/passkeys/<int:pk>/remove", factors.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
    path("", include("accounts.pages.urls")),
]
