from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from roadmap.imports import discard
from roadmap.models import RoadmapImport

KEEP_UPLOADS = timedelta(days=7)


@shared_task
def forget_uploads():
    """Uploaded workbooks that nobody said yes to are thrown away after a week."""
    old = RoadmapImport.objects.filter(
        applied_at=None, uploaded_at__lt=timezone.now() - KEEP_UPLOADS
    )
    for upload in old:
        discard(upload)
