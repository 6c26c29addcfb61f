from django.apps import AppConfig


class DigistrategiaConfig(AppConfig):
    name = "digistrategia"

    def ready(self):
        """Tells `mentors` of what it cannot know: it is beside `metrics`, and below this app."""
        from digistrategia import late_letters
        from mentors import letters, texts
        from mentors.models import Mail
        from metrics.kpis import texts as kpi_texts

        letters.add(Mail.Kind.LATE_KPIS, late_letters.content, folder="digistrategia")
        texts.add(kpi_texts.KINDS, kpi_texts.written)
