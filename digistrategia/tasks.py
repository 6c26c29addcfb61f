from celery import shared_task
from django.utils import timezone

from digistrategia import late_letters


@shared_task
def remind_of_measurements():
    """Letters to the owners of KPIs whose measurements are late."""
    late_letters.remind(timezone.now())
