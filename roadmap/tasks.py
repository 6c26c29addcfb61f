from datetime import timedelta

from celery import shared_task
from django.apps import apps
from django.utils import timezone

from roadmap import imports
from roadmap.models import ImportState, RoadmapImport

KEEP_UPLOADS = timedelta(days=7)


@shared_task
def work_on_import(pk, kind=RoadmapImport._meta.label):
    imports.work_on(pk, apps.get_model(kind))


@shared_task
def resume_imports():
    """Goes on with imports whose message was lost or whose worker died."""
    for pk, kind in imports.unattended():
        imports.work_on(pk, kind)


@shared_task
def forget_uploads():
    """Uploaded files that nobody said yes to are thrown away after a week."""
    waiting = [ImportState.READING, ImportState.READ, ImportState.CHECKED, ImportState.REFUSED]
    before = timezone.now() - KEEP_UPLOADS
    for kind in imports.kinds():
        for upload in kind.objects.filter(state__in=waiting, uploaded_at__lt=before):
            imports.discard(upload)
