"""The strategy in words: its pages, and each version of their texts. Part of `roadmap.models`."""

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Part(models.TextChoices):
    """Where a page stands on the strategy's own page, which has them in this order."""

    PRACTICE = "practice", _("The vision in practice")
    CONCEPT = "concept", _("Parts and concepts")
    BACKGROUND = "background", _("Background")


class Place(models.TextChoices):
    """Where in the portal a page leads on to, beside the links of its text."""

    NOWHERE = "", _("no place of its own")
    ACTIONS = "actions", _("Actions")
    LIGHTS = "lights", _("Lights and KPIs")
    KPIS = "kpis", _("KPIs")
    NETWORKS = "networks", _("Networks")


class StrategyPage(models.Model):
    """A page that says in words what the strategy is; its texts are `PageVersion`s."""

    strategy = models.ForeignKey("roadmap.Strategy", models.CASCADE, related_name="pages")
    slug = models.SlugField(max_length=50)
    part = models.CharField(_("part"), max_length=10, choices=Part.choices)
    place = models.CharField(
        _("place in the portal"), max_length=8, choices=Place.choices, blank=True
    )
    position = models.PositiveIntegerField()
    removed_at = models.DateTimeField(null=True, blank=True)  # it can be brought back

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["strategy", "slug"], name="page_once_a_strategy"),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="page_part_is_known"),
            models.CheckConstraint(condition=Q(place__in=Place.values), name="page_place_is_known"),
        ]

    def __str__(self):
        return self.slug


@dataclass(frozen=True)
class Texts:
    """What a version says: title, lead (one paragraph), body (Markdown)."""

    title: str
    lead: str = ""
    body: str = ""


class PageVersions(models.QuerySet):
    def newest(self):
        """Of each page the newest version in each language."""
        later = PageVersion.objects.filter(
            page=OuterRef("page"), language=OuterRef("language"), number__gt=OuterRef("number")
        )
        return self.filter(~Exists(later))


class PageVersion(models.Model):
    """What a page said in one language from some time on; never changed, never removed."""

    page = models.ForeignKey(StrategyPage, models.CASCADE, related_name="versions")
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    number = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=200)
    lead = models.TextField(_("lead"), blank=True)
    body = models.TextField(_("text"), blank=True)  # Markdown: see roadmap/page_text.py
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField(default=timezone.now)

    objects = PageVersions.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "language", "number"], name="version_once_a_page_and_language"
            ),
        ]

    def __str__(self):
        return f"{self.page_id} {self.language} {self.number}: {self.title}"

    @property
    def texts(self) -> Texts:
        return Texts(self.title, self.lead, self.body)
