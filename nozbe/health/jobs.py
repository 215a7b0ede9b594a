"""What the service asks of itself all the time, so that an alarm comes before a person notices."""

from celery import shared_task
from django.conf import settings

from nozbe.health import probes


@shared_task(soft_time_limit=20, time_limit=25)  # a hanging part must not hold the worker until the next run
def check_key_server() -> int:
    probes.key_server()
    return 1


@shared_task(soft_time_limit=20, time_limit=25)  # a hanging part must not hold the worker until the next run
def check_object_stores() -> int:
    for name in settings.STORES:
        probes.object_store(name)
    return len(settings.STORES)
