from django.urls import path

from nozbe.errors import handlers
from nozbe.health.views import healthz
from tests.notes import views

urlpatterns = [
    path("healthz", healthz),
    path("api/v1/books", views.books),
    path("api/v1/books/<book>", views.book),
    path("api/v1/notes/<note>", views.note),
]
globals().update(handlers())
