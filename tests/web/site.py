"""Every page of the web site, and who looks at it. A new page fails `test_pages.py` until it is listed here.

`visitor`: nobody signed in. `halfway`: the password was right, the second step is asked for. `newcomer`: has an account
and nothing else. `owner`: of a team, with a passkey, an app, a token, an open invitation, long names everywhere.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, get_resolver, reverse

PAGES: dict[str, tuple[str, ...]] = {
    "home": ("visitor", "newcomer", "owner"),
    "safety": ("visitor",),
    "api-docs": ("visitor",),
    "account_login": ("visitor",),
    "account_signup": ("visitor",),
    "account_inactive": ("visitor",),
    "account_email_verification_sent": ("visitor",),
    "account_confirm_email": ("visitor",),
    "account_reset_password": ("visitor",),
    "account_reset_password_done": ("visitor",),
    "account_reset_password_from_key": ("visitor",),
    "account_reset_password_from_key_done": ("visitor",),
    "mfa_authenticate": ("halfway",),
    "invitation": ("visitor", "newcomer", "owner"),
    "account_logout": ("owner",),
    "account_reauthenticate": ("owner",),
    "mfa_reauthenticate": ("owner",),
    "mfa_reauthenticate_webauthn": ("owner",),
    "settings-profile": ("owner",),
    "account_email": ("owner",),
    "confirm-new-address": ("owner",),
    "account_change_password": ("owner",),
    "usersessions_list": ("owner",),
    "mfa_index": ("newcomer", "owner"),
    "mfa_activate_totp": ("newcomer",),
    "mfa_deactivate_totp": ("owner",),
    "mfa_view_recovery_codes": ("owner",),
    "mfa_generate_recovery_codes": ("owner",),
    "mfa_add_webauthn": ("owner",),
    "mfa_edit_webauthn": ("owner",),
    "mfa_remove_webauthn": ("owner",),
    "tokens": ("newcomer", "owner"),
    "token-new": ("owner",),
    "teams": ("newcomer", "owner"),
    "team-new": ("owner",),
    "team": ("owner", "member"),
    "team-rename": ("owner",),
    "team-leave": ("owner", "member"),
    "team-hand-over": ("owner",),
    "team-member": ("owner",),
    "team-member-remove": ("owner",),
    "team-invite": ("owner",),
}

NO_PAGES = {
    "mfa_login_webauthn": "takes a form, and tells a script what to ask a passkey for",
    "mfa_list_webauthn": "leads to mfa_index",
    "mfa_download_recovery_codes": "a file",
    "end-session": "takes a form",
    "end-other-sessions": "takes a form",
    "team-invitation-revoke": "takes a form",
    "team-invitation-send-again": "takes a form",
    "token-revoke": "takes a form",
    "openid_connect_login": "leads to a company's sign-in",
    "openid_connect_callback": "leads on from there",
    "openid": "is there when a company's sign-in is set up; it is made of the pieces of the others",
    "account_set_password": "the form of account_change_password, for those who came by a company's sign-in",
    "healthz": "for machines",
    "readyz": "for machines",
}


def names_of_urls() -> set[str]:
    """Of all that is not the API's."""
    return {name for route, name in _routes(get_resolver().url_patterns, "") if not route.startswith("api/v1/")}


def path_of(name: str, known: dict[str, str]) -> str:
    """`known`: paths that name something, such as a team's."""
    return known.get(name) or reverse(name)


def _routes(patterns: list[URLPattern | URLResolver], prefix: str) -> list[tuple[str, str]]:
    found = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _routes(pattern.url_patterns, route)
        else:
            found.append((route, pattern.name or route))
    return found
