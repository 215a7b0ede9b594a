from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "nozbe.audit"
    label = "audit"
