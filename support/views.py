from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from support.forms import SignInForm


class SignInView(LoginView):
    form_class = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        # No job may reach these sessions, so who signs in sweeps those that are over.
        type(self.request.session).clear_expired()
        return super().form_valid(form)


@never_cache
@login_required
@require_safe
def home(request: HttpRequest, *, template: str) -> HttpResponse:
    return render(request, template)
