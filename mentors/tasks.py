from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from mentors import mails, mention_mails, reminders


@shared_task
def forget_sessions():
    """Sessions that have expired are of no use to anybody."""
    call_command("clearsessions")
    # What is known of them, addresses and browsers, goes with them.
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


@shared_task
def send_mails():
    """What waits in the outbox goes out; each mail once, whoever runs this and how often."""
    mails.send_waiting()


@shared_task
def remind():
    """Letters about open quarters, where one is due."""
    reminders.remind(timezone.now())


@shared_task
def gather_mentions():
    """One mail for each person who was mentioned."""
    mention_mails.gather(timezone.now())
