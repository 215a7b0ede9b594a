from celery import shared_task

from nozbe.sync.models import CURSORS_KEPT, NOTES_KEPT, TOMBSTONES_KEPT, Correction, Cursor, Departure, Resync


@shared_task
def forget_old_cursors() -> int:
    """And what was noted for those who showed them. Returns how many rows there were."""
    return sum(
        rows.forget_old(kept)
        for rows, kept in (
            (Cursor.objects.all(), CURSORS_KEPT),
            (Correction.objects.all(), NOTES_KEPT),
            (Resync.objects.all(), NOTES_KEPT),
            (Departure.objects.filter(gone=False), NOTES_KEPT),
            (Departure.objects.filter(gone=True), TOMBSTONES_KEPT),
        )
    )
