"""The support panel's table of contents."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from nozbe.errors import handlers
from nozbe.health.views import healthz, readyz
from support.views import SignInView, home

globals().update(handlers())

urlpatterns = [
    path("", home, {"template": "support/home.html"}, name="home"),
    path("sign-in", SignInView.as_view(template_name="support/sign_in.html"), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("healthz", healthz),
    path("readyz", readyz),
]
