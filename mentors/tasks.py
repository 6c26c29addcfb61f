from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.core.management import call_command


@shared_task
def forget_sessions():
    """Sessions that have expired are of no use to anybody."""
    call_command("clearsessions")
    # What is known of them, addresses and browsers, goes with them.
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
