import uuid
from pathlib import Path

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from roadmap.fields import QuarterField, ValueField, WordsField
from roadmap.page_models import PageVersion as PageVersion
from roadmap.page_models import StrategyPage as StrategyPage
from roadmap.quarters import Quarter
from roadmap.traffic_light import Limits


class Strategy(models.Model):
    """What is followed: a vision, its years and their actions."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=200)
    vision = WordsField()
    is_example = models.BooleanField(default=False, help_text="shown as example data everywhere")
    green_from = models.PositiveSmallIntegerField(
        _("green from, %"), default=100, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    yellow_from = models.PositiveSmallIntegerField(
        _("yellow from, %"), default=85, validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    # A report link by mail opens one person's My quarter without signing in.
    report_links = models.BooleanField(_("reporting by a link in a mail"), default=False)
    report_link_days = models.PositiveSmallIntegerField(
        _("days that a link works"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    # Counts the changes that the figures depend on; see roadmap/revisions.py.
    revision = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(yellow_from__gt=0) & Q(green_from__gt=F("yellow_from")),
                name="strategy_limits_are_in_order",
                violation_error_message=_("The green limit must be above the yellow one."),
            )
        ]

    def __str__(self):
        return self.name

    @property
    def limits(self) -> Limits:
        return Limits(self.green_from, self.yellow_from)


class Phase(models.Model):
    """One year of the roadmap, with a title and its goals."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="phases")
    year = models.PositiveSmallIntegerField()
    title = WordsField()
    goals = WordsField()  # one a line

    class Meta:
        ordering = ["year"]
        constraints = [
            models.UniqueConstraint(fields=["strategy", "year"], name="one_phase_a_year")
        ]

    def __str__(self):
        return str(self.year)

    @property
    def quarters(self) -> list[Quarter]:
        return Quarter.of_year(self.year)

    @property
    def goal_list(self) -> list[str]:
        """The goals as the reader gets them."""
        return str(self.goals).splitlines()


class QuarterState(models.TextChoices):
    PLANNED = "planned", _("planned")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class StrategyQuarter(models.Model):
    """A quarter in the life of a strategy: planned, open for reports, or closed and frozen."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="quarters")
    quarter = QuarterField()
    state = models.CharField(
        max_length=7, choices=QuarterState.choices, default=QuarterState.PLANNED
    )
    deadline = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # The limits that its frozen lights shine by.
    green_from = models.PositiveSmallIntegerField(null=True, blank=True)
    yellow_from = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["quarter"]
        constraints = [
            models.UniqueConstraint(fields=["strategy", "quarter"], name="quarter_once_a_strategy"),
            models.UniqueConstraint(
                fields=["strategy"], condition=Q(state="open"), name="one_open_quarter_a_strategy"
            ),
            models.CheckConstraint(
                condition=Q(state__in=QuarterState.values), name="quarter_state_is_known"
            ),
        ]

    def __str__(self):
        return self.quarter.label


class NamedGroup(models.Model):
    """A group of actions that has nothing but a name."""

    name = models.CharField(max_length=200)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self):
        return self.name


class Theme(NamedGroup):
    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="themes")

    class Meta(NamedGroup.Meta):
        constraints = [
            models.UniqueConstraint(fields=["strategy", "name"], name="theme_once_a_strategy")
        ]


class ServiceArea(NamedGroup):
    """The part of the organisation that an action touches."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="service_areas")

    class Meta(NamedGroup.Meta):
        constraints = [
            models.UniqueConstraint(fields=["strategy", "name"], name="area_once_a_strategy")
        ]


class Action(models.Model):
    """One of the things to do, with the metric that shows that it is done."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="actions")
    code = models.CharField(max_length=50)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="actions")
    theme = models.ForeignKey(Theme, models.PROTECT, related_name="actions", null=True, blank=True)
    service_area = models.ForeignKey(
        ServiceArea, models.PROTECT, related_name="actions", null=True, blank=True
    )
    responsible = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="own_actions", blank=True
    )
    metric = models.CharField(max_length=500, blank=True)
    unit = models.CharField(max_length=100, blank=True)
    baseline = ValueField(default=0)
    target = ValueField(default=100)
    start = QuarterField()
    end = QuarterField()
    weight = ValueField(default=1)
    cancelled_from = QuarterField(null=True, blank=True)

    class Meta:
        verbose_name = _("action")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["strategy", "code"], name="code_once_a_strategy"),
            models.CheckConstraint(
                condition=~Q(target=F("baseline")), name="target_differs_from_baseline"
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="weight_is_above_zero"),
            models.CheckConstraint(condition=Q(start__lte=F("end")), name="start_is_not_after_end"),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"


class PlanPoint(models.Model):
    """The value that the plan expects at the end of a quarter, in the metric's unit."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="plan_points")
    quarter = QuarterField()
    value = ValueField()

    class Meta:
        ordering = ["quarter"]
        constraints = [
            models.UniqueConstraint(fields=["action", "quarter"], name="one_plan_point_a_quarter")
        ]

    def __str__(self):
        return f"{self.quarter}: {self.value}"


class ProgressEntry(models.Model):
    """What was reported for one action in one quarter, in the metric's unit."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="entries")
    quarter = QuarterField()
    value = ValueField()
    comment = models.TextField(blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    reported_at = models.DateTimeField(default=timezone.now)
    # Goes up with each change, so that nobody writes over what they have not seen.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["quarter"]
        constraints = [
            models.UniqueConstraint(fields=["action", "quarter"], name="one_entry_a_quarter")
        ]

    def __str__(self):
        return f"{self.quarter}: {self.value}"


class ImportState(models.TextChoices):
    """How far an import has come; in the `-ing` states the worker has something to do."""

    READING = "reading", _("the file is being read")
    READ = "read", _("waits for its headers and columns")
    CHECKING = "checking", _("is being checked")
    CHECKED = "checked", _("waits for your yes")
    APPLYING = "applying", _("is being imported")
    APPLIED = "applied", _("imported")
    UNDOING = "undoing", _("is being undone")
    UNDONE = "undone", _("undone")
    REFUSED = "refused", _("could not be read")


class ImportBase(models.Model):
    """A file on its way in, of whatever kind: read, checked, applied, and perhaps undone.

    What was found stands in it as JSON, so that pages show it without reading anything again. A
    kind of import is a model with a `strategy` and, in `JOBS`, the module of what the worker does
    for it; all of them live as `roadmap/imports.py` says.
    """

    BUSY = (
        ImportState.READING,
        ImportState.CHECKING,
        ImportState.APPLYING,
        ImportState.UNDOING,
    )
    JOBS: str

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file_name = models.CharField(max_length=255)
    file = models.FileField(upload_to="imports", blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.READING)
    problem = models.JSONField(default=list)  # sentences (faults.as_json): why it did not go on
    # The worker that has it, since when, and how often one began: see roadmap/imports.py.
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    book = models.JSONField(default=dict)  # what was read (workbook/book.py), without the rows
    options = models.JSONField(default=dict)  # how a text file is read: encoding, delimiter

    # Goes up with each check, so that nobody says yes to what they have not seen.
    version = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    assumptions = models.JSONField(default=list)  # [[sentence, how often], …]
    effect = models.JSONField(null=True, blank=True)  # on the lights

    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )

    class Meta:
        abstract = True
        ordering = ["-uploaded_at"]

    def __str__(self):
        return self.file_name

    @property
    def is_busy(self) -> bool:
        return self.state in self.BUSY

    @property
    def folder(self) -> Path:
        """Where the cells that were read are kept while the import is under way."""
        return Path(settings.MEDIA_ROOT) / "imports" / str(self.pk)


class RoadmapImport(ImportBase):
    """A road map on its way in; a person says how it is to be read."""

    JOBS = "roadmap.workbook.jobs"

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="imports")
    shape = models.CharField(max_length=64, blank=True, db_index=True)
    mapping = models.JSONField(default=list)  # the parts (workbook/mapping.py)
    mapping_from = models.CharField(max_length=255, blank=True)  # the file it was taken over from
    revision = models.PositiveBigIntegerField(null=True, blank=True)  # the strategy's, as checked
    new_names = models.JSONField(default=dict)
    made = models.JSONField(default=dict)  # keys of what it made beside actions, for undoing

    class Meta(ImportBase.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ImportState.values), name="import_state_is_known"
            ),
        ]


class StepKind(models.TextChoices):
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    MISSING = "missing", _("Not in the file")


class ImportStep(models.Model):
    """What an import does to one action; `fields` maps record key → [from, to], as text."""

    source = models.ForeignKey(RoadmapImport, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=9, choices=StepKind.choices)
    sheet = models.CharField(max_length=255, blank=True)
    row = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=50)
    title = models.CharField(max_length=500)
    fields = models.JSONField(default=dict)
    # Percent and light before and after, where the light changes: see workbook/effect.py.
    relit = models.JSONField(null=True, blank=True)
    # Rows that it changed or took away as they were, for undoing: see workbook/undoing.py.
    kept = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["source", "position"], name="step_once_a_position"),
        ]

    def __str__(self):
        return f"{self.code}: {self.kind}"


class Change(models.Model):
    """History: who changed what, when, from what to what.

    `fields` maps a column of the workbook (`title`, `plan:2022Q3`, `actual:2022Q3`, …) to
    [from, to], as text. The preview of an import, the history on a page and the undo of an
    import are one and the same list.
    """

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="changes")
    action = models.ForeignKey(
        Action, models.CASCADE, related_name="changes", null=True, blank=True
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField(default=timezone.now)
    source = models.ForeignKey(
        RoadmapImport, models.SET_NULL, related_name="changes", null=True, blank=True
    )
    by_link = models.BooleanField(default=False)  # by a report link, without signing in
    reason = models.CharField(max_length=500, blank=True)  # why a quarter was opened again
    fields = models.JSONField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}: {', '.join(self.fields)}"
