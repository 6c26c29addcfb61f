from datetime import date

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from metrics.fields import PeriodField
from metrics.kpis.achievement import Kind, Rule, Targets, Why
from metrics.kpis.periods import Month, Period
from metrics.models.figures import LIGHTS
from metrics.models.history import KpiChange
from roadmap.fields import ValueField, WordsField
from roadmap.models import Strategy
from roadmap.permissions import Role
from roadmap.quarters import Quarter
from roadmap.record import person_key

KINDS = [
    (Kind.RATE.value, _("rate")),
    (Kind.NPS.value, _("NPS")),
    (Kind.VALUE.value, _("value")),
]
# The numbers that a measurement of each kind keeps, in the order of the rule.
NUMBERS = {
    Kind.RATE: ("numerator", "denominator"),
    Kind.NPS: ("promoters", "passives", "detractors"),
    Kind.VALUE: ("value",),
}
ALL_NUMBERS = tuple(name for names in NUMBERS.values() for name in names)


class Frequency(models.TextChoices):
    MONTH = "month", _("monthly")
    QUARTER = "quarter", _("quarterly")


class KpiGroup(models.Model):
    """KPIs that stand together on the dashboard, and are computed together."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="kpi_groups")
    name = WordsField()
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)  # of its name
    # Counts the changes that the figures of its KPIs depend on; see kpis/computing.py.
    revision = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return str(self.name)


class KpiQuerySet(models.QuerySet):
    """What is asked of KPIs from elsewhere, too: by `user.own_kpis` and `strategy.kpis`."""

    def with_able_owner(self) -> "KpiQuerySet":
        """Those whose owner can enter measurements: is active, and has a role."""
        return self.filter(_able_owner())

    def without_able_owner(self, today: date) -> "KpiQuerySet":
        """Those without such an owner; not those that are no longer followed on a day."""
        followed = Q(last_month=None) | Q(last_month__gte=Month.of(today))
        return self.filter(followed, ~_able_owner())

    @transaction.atomic
    def pass_on(self, to, by) -> list["Kpi"]:
        """Give the KPIs another owner, or none, with history; those that were passed on."""
        kpis = list(self.select_for_update(no_key=True).order_by("pk"))
        new = to and person_key(to.pk)
        KpiChange.objects.bulk_create(
            KpiChange(
                strategy_id=kpi.strategy_id,
                kpi=kpi,
                user=by,
                fields={"owner": [kpi.owner_id and person_key(kpi.owner_id), new]},
            )
            for kpi in kpis
        )
        changed = self.model.objects.filter(pk__in=[kpi.pk for kpi in kpis])
        changed.update(owner=to, version=F("version") + 1)
        return kpis


def _able_owner() -> Exists:
    roles = get_user_model().groups.through.objects.filter(group__name__in=list(Role))
    return Exists(roles.filter(user=OuterRef("owner"), user__is_active=True))


class Kpi(models.Model):
    """A measure of the digital services: what is counted, how, by whom and towards what."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="kpis")
    group = models.ForeignKey(KpiGroup, models.PROTECT, related_name="kpis")
    slug = models.SlugField()
    # Counted through all groups in their order, so that KPIs have one order everywhere.
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=5, choices=KINDS)
    frequency = models.CharField(max_length=7, choices=Frequency.choices, default=Frequency.MONTH)
    name = WordsField()
    summary = WordsField()  # one line: what is measured, or the question of an NPS
    definition = WordsField()  # how it is measured, what counts and what does not
    numerator_name = WordsField()  # what a rate counts, and out of what
    denominator_name = WordsField()
    source = WordsField()  # where the numbers come from
    unit = WordsField()  # of a value
    lower_is_better = models.BooleanField(default=False)
    decimals = models.PositiveSmallIntegerField(default=1)
    # A rate whose numerator is a part of its denominator can never be above 100%.
    is_part = models.BooleanField(default=True)
    whole_counts = models.BooleanField(default=True)  # numbers of a rate or value are whole
    minimum = models.PositiveIntegerField(default=10)  # answers below which an NPS is hidden
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="own_kpis", null=True, blank=True
    )
    due_days = models.PositiveSmallIntegerField(default=14)  # after the period's end
    first_month = PeriodField()  # from which month on it is followed
    last_month = PeriodField(null=True, blank=True)  # after which it no longer is
    target_is_path = models.BooleanField(default=False)  # a line between points, else levels
    # Goes up with each change of what is above, so that nobody writes over what they did not see.
    version = models.PositiveIntegerField(default=1)

    objects = KpiQuerySet.as_manager()

    class Meta:
        verbose_name = "KPI"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["strategy", "slug"], name="kpi_once_a_strategy"),
            models.CheckConstraint(condition=Q(kind__in=list(Kind)), name="kpi_kind_is_known"),
            models.CheckConstraint(condition=Q(minimum__gt=0), name="kpi_minimum_is_above_zero"),
            models.CheckConstraint(
                condition=Q(frequency__in=Frequency.values), name="kpi_frequency_is_known"
            ),
        ]

    def __str__(self):
        return str(self.name)

    @property
    def rule(self) -> Rule:
        return Rule(Kind(self.kind), self.decimals, self.lower_is_better, self.minimum)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers that its measurements keep."""
        return NUMBERS[Kind(self.kind)]

    @property
    def period_type(self) -> type[Month] | type[Quarter]:
        return Month if self.frequency == Frequency.MONTH else Quarter


class KpiTarget(models.Model):
    """A target from a period on, or a point of the target's path; in percent for a rate."""

    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="targets")
    period = PeriodField()
    value = ValueField()

    class Meta:
        ordering = ["period"]
        constraints = [
            models.UniqueConstraint(fields=["kpi", "period"], name="one_kpi_target_a_period")
        ]

    def __str__(self):
        return f"{self.period}: {self.value}"


def targets_of(kpi: Kpi, rows: list[tuple[Period, object]]) -> Targets:
    """The targets of a KPI, from the periods and values of its rows."""
    return Targets({period.ordinal: value for period, value in rows}, kpi.target_is_path)


class Origin(models.TextChoices):
    FORM = "form", _("form")
    GRID = "grid", _("grid")
    IMPORT = "import", _("import")
    AUTOMATION = "automation", _("automation")


class MeasurementToken(models.Model):
    """Lets an automation send measurements of the named KPIs; kept hashed, shown once."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="measurement_tokens")
    name = models.CharField(max_length=200)  # the source: which system sends
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)  # its last signs, to tell tokens apart
    kpis = models.ManyToManyField(Kpi, related_name="tokens", blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    made_at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # of its name and KPIs
    # How many requests it made since when: so many a minute are let through.
    counted_from = models.DateTimeField(null=True, editable=False)
    counted = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self):
        return self.name


class Delivery(models.Model):
    """What an automation sent under a key of its own, and what it was answered: once.

    Without a status it was not answered yet: it is being worked on, or its worker died.
    """

    token = models.ForeignKey(MeasurementToken, models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)  # of the body, to tell a replay from a mix-up
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)

    class Meta:
        verbose_name = _("delivery")
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="delivery_once_a_key")]

    def __str__(self):
        return self.key


class Measurement(models.Model):
    """One version of what was measured in one period; rows are added and never changed.

    The highest version counts. A withdrawn one has no numbers: as if nothing had been measured.
    """

    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="measurements")
    period = PeriodField()
    version = models.PositiveIntegerField(default=1)
    withdrawn = models.BooleanField(default=False)
    numerator = ValueField(null=True, blank=True)
    denominator = ValueField(null=True, blank=True)
    promoters = models.PositiveBigIntegerField(null=True, blank=True)
    passives = models.PositiveBigIntegerField(null=True, blank=True)
    detractors = models.PositiveBigIntegerField(null=True, blank=True)
    value = ValueField(null=True, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True
    )
    token = models.ForeignKey(
        MeasurementToken, models.SET_NULL, related_name="measurements", null=True, blank=True
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("measurement")
        ordering = ["period", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "period", "version"], name="measurement_version_once"
            ),
            models.CheckConstraint(
                name="measurement_has_the_numbers_of_one_kind",
                condition=Q(withdrawn=True, **{f"{name}__isnull": True for name in ALL_NUMBERS})
                | Q(
                    *(
                        Q(
                            withdrawn=False,
                            **{f"{name}__isnull": name not in names for name in ALL_NUMBERS},
                        )
                        for names in NUMBERS.values()
                    ),
                    _connector=Q.OR,
                ),
            ),
        ]

    def __str__(self):
        return f"{self.period}, {self.version}"

    @property
    def numbers(self) -> tuple | None:
        """Its numbers in the order of the rule; None where it was withdrawn."""
        for names in NUMBERS.values():
            numbers = tuple(getattr(self, name) for name in names)
            if None not in numbers:
                return numbers
        return None


WHYS = [
    (Why.MEASURED.value, ""),
    (Why.NOTHING.value, _("nothing to measure")),
    (Why.TOO_FEW.value, _("too few answers")),
    (Why.NO_TARGET.value, _("no target")),
    (Why.AT_FLOOR.value, _("the target is the lowest value of the scale")),
    (Why.AT_BEST.value, _("nothing can be better")),
]


class KpiStatus(models.Model):
    """The snapshot of a KPI in a period in which it was measured; values as they are shown."""

    kpi = models.ForeignKey(Kpi, models.CASCADE, related_name="statuses")
    period = PeriodField()
    version = models.PositiveIntegerField()  # of the measurement that it was computed from
    value = ValueField(null=True)
    why = models.CharField(max_length=9, choices=WHYS, blank=True)
    n = models.PositiveBigIntegerField(null=True)
    margin = models.PositiveSmallIntegerField(null=True)
    target = ValueField(null=True)
    percent = models.PositiveBigIntegerField(null=True)
    light = models.CharField(max_length=6, choices=LIGHTS)
    change = ValueField(null=True)  # from the period right before
    streak = models.SmallIntegerField(default=0)  # periods in a row better, below nought worse

    is_computed = True  # anew whenever it is missing, so nothing is lost with it

    class Meta:
        ordering = ["period"]
        constraints = [
            models.UniqueConstraint(fields=["kpi", "period"], name="one_kpi_status_a_period")
        ]

    def __str__(self):
        return f"{self.kpi_id} {self.period}: {self.percent}"


class KpiComputation(models.Model):
    """How far the figures of a group have come: the revision and limits they were computed from.

    Whoever computes holds the lock on this row.
    """

    group = models.OneToOneField(
        KpiGroup, models.CASCADE, related_name="computation", primary_key=True
    )
    revision = models.PositiveBigIntegerField(null=True)
    green_from = models.PositiveSmallIntegerField(null=True)
    yellow_from = models.PositiveSmallIntegerField(null=True)
    computed_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.group_id}: {self.revision}"


class KpiGroupStatus(models.Model):
    """The snapshot of a group from a month on: the lights of its KPIs, and how many are measured.

    There is a row for each month in which anything measured ends, and for each in which what
    stands is another than before. So in any month a group stands as its newest row then says;
    only `ending` belongs to the row's own month. A quarterly KPI counts by the newest quarter that
    is over at the end of the month.
    """

    group = models.ForeignKey(KpiGroup, models.CASCADE, related_name="statuses")
    month = PeriodField()
    green = models.PositiveIntegerField()
    yellow = models.PositiveIntegerField()
    red = models.PositiveIntegerField()
    none = models.PositiveIntegerField()
    measured = models.PositiveIntegerField()
    expected = models.PositiveIntegerField()
    ending = models.PositiveIntegerField(default=0)  # measured periods that end in the month

    is_computed = True  # anew whenever it is missing, so nothing is lost with it

    class Meta:
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(fields=["group", "month"], name="one_kpi_group_status_a_month")
        ]

    def __str__(self):
        return f"{self.group_id} {self.month}"
