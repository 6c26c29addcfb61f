from django.apps import AppConfig


class DigistrategiaConfig(AppConfig):
    name = "digistrategia"

    def ready(self):
        """Tells `mentors` of what it cannot know: it is beside `metrics`, and below this app."""
        from digistrategia import late_letters
        from mentors import letters
        from mentors.models import Mail

        letters.add(Mail.Kind.LATE_KPIS, late_letters.content, folder="digistrategia")
