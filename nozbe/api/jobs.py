from celery import shared_task

from nozbe.api.models import StoredAnswer


@shared_task
def forget_old_answers() -> int:
    return int(StoredAnswer.objects.forget_old())
