from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "nozbe.api"
    label = "api"
