from celery import shared_task
from django.core.management import call_command


@shared_task
def forget_sessions():
    """Sessions that have expired are of no use to anybody."""
    call_command("clearsessions")
