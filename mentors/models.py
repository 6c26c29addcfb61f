import uuid

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from roadmap.fields import QuarterField
from roadmap.models import Action, ServiceArea, Strategy, StrategyQuarter


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The work e-mail is the sign-in; no more is kept than the role needs."""

    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    unit = models.CharField(_("unit"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # The language of mails, and of the pages where the browser has not chosen another.
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    wants_reminders = models.BooleanField(
        _("reminders before and after the deadline, and of late measurements"), default=True
    )
    wants_mentions = models.BooleanField(_("mails when I am mentioned"), default=True)
    # Number of a leaver whose name and address were taken away.
    former = models.PositiveIntegerField(null=True, blank=True, unique=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_is_lower_case")
        ]

    def __str__(self):
        return self.get_full_name()

    def get_full_name(self):
        if self.former:
            return _("former user %d") % self.former
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self):
        return self.first_name or self.email

    @property
    def sorted_name(self):
        """Surname first, as lists have it."""
        if self.former:
            return self.get_full_name()
        return f"{self.last_name} {self.first_name}".strip() or self.email


class Feedback(models.Model):
    """A message from the feedback form; the law gives two weeks to answer it."""

    class Topic(models.TextChoices):
        ACCESSIBILITY = "accessibility", _("Accessibility")
        FAULT = "fault", _("Something does not work")
        OTHER = "other", _("Something else")

    topic = models.CharField(_("topic"), max_length=13, choices=Topic.choices)
    message = models.TextField(_("message"), max_length=5000)
    email = models.EmailField(_("e-mail"), blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    # Made with the form, so that sending it twice stores it once.
    token = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering = ["sent_at"]

    def __str__(self):
        return f"{self.get_topic_display()} {self.sent_at:%Y-%m-%d}"


class Network(models.Model):
    """People of one field who carry some actions together; its leads report for them."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="networks")
    name = models.CharField(_("name"), max_length=200)
    service_area = models.ForeignKey(
        ServiceArea,
        models.SET_NULL,
        related_name="networks",
        null=True,
        blank=True,
        verbose_name=_("service area"),
    )
    leads = models.ManyToManyField(User, related_name="led_networks", blank=True)
    members = models.ManyToManyField(User, related_name="networks", blank=True)
    actions = models.ManyToManyField(Action, related_name="networks", blank=True)
    # Goes up with each change, so that nobody writes over what they have not seen.
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("network")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["strategy", "name"],
                name="network_once_a_strategy",
                violation_error_message=_("There is a network of this name already."),
            )
        ]

    def __str__(self):
        return self.name


class Deputy(models.Model):
    """Somebody who may report for another person, from the first day to the last."""

    person = models.ForeignKey(User, models.CASCADE, related_name="deputies")
    deputy = models.ForeignKey(User, models.CASCADE, related_name="deputy_for")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("deputy")
        ordering = ["first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="deputy_ends_after_it_begins",
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(person=F("deputy")),
                name="nobody_is_their_own_deputy",
                violation_error_message=_("Choose somebody else as the deputy."),
            ),
        ]

    def __str__(self):
        return f"{self.deputy} ({self.person})"


class Communication(models.Model):
    """What a digimentor did for whom: half of the role is talking with people."""

    class Kind(models.TextChoices):
        TRAINING = "training", _("Training")
        INFO = "info", _("Information")
        EVENT = "event", _("Event")
        SUPPORT = "support", _("Hands-on support")

    class Audience(models.TextChoices):
        CLIENTS = "clients", _("Clients")
        PROFESSIONALS = "professionals", _("Professionals")
        MANAGEMENT = "management", _("Management")
        PARTNERS = "partners", _("Partners")

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="communications")
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    audience = models.CharField(_("audience"), max_length=13, choices=Audience.choices)
    title = models.CharField(_("what was done"), max_length=300)
    reached = models.PositiveIntegerField(_("number reached"))
    network = models.ForeignKey(
        Network,
        models.SET_NULL,
        related_name="communications",
        null=True,
        blank=True,
        verbose_name=_("network"),
    )
    actions = models.ManyToManyField(Action, related_name="communications", blank=True)
    entered_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True)
    entered_at = models.DateTimeField(default=timezone.now, editable=False)
    # Made with the form, so that sending it twice stores it once.
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("entry of the communication log")
        ordering = ["-date", "-pk"]
        indexes = [models.Index(fields=["strategy", "date"], name="communication_by_date")]

    def __str__(self):
        return self.title


class Comment(models.Model):
    """What somebody says about an action. A person who is mentioned stands in it as `@{17}`."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    text = models.TextField(_("comment"), max_length=5000)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("comment")
        ordering = ["at", "pk"]

    def __str__(self):
        return self.text[:60]


def evidence_path(evidence, file_name: str) -> str:
    """A random name: nothing of what a person sent decides where a file lies."""
    return f"evidence/{uuid.uuid4().hex}"


class Evidence(models.Model):
    """A link or a file that shows what was reported for an action in a quarter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.ForeignKey(Action, models.CASCADE, related_name="evidence")
    quarter = QuarterField()
    title = models.CharField(_("name"), max_length=200)
    url = models.URLField(_("link"), max_length=1000, blank=True)
    file = models.FileField(upload_to=evidence_path, blank=True)
    size = models.PositiveIntegerField(default=0)  # bytes
    added_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        ordering = ["added_at"]
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(
                condition=Q(url="") ^ Q(file=""), name="evidence_is_a_link_or_a_file"
            )
        ]

    def __str__(self):
        return self.title


class Mail(models.Model):
    """A letter to one person, written when it is sent. Its key lets it go out once.

    Claimed before it is handed to the mail server and marked as sent after: where a worker dies
    in between, nobody knows whether it went, so it is never sent again by itself.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("The quarter is open")
        WEEK = "week", _("A week before the deadline")
        LATE = "late", _("The day after the deadline")
        REMINDER = "reminder", _("An administrator's reminder")
        MENTIONS = "mentions", _("Mentions")
        LINK = "link", _("A link for reporting")
        INVITATION = "invitation", _("Invitation")
        LATE_KPIS = "late_kpis", _("Late measurements")

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="mails")
    strategy_quarter = models.ForeignKey(
        StrategyQuarter, models.CASCADE, related_name="mails", null=True, blank=True
    )
    note = models.TextField(blank=True)  # what an administrator wrote above it
    made_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # Nothing was left to say when its turn came, or it was refused for good.
    given_up_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("mail")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["claimed_at"],
                condition=Q(claimed_at=None, given_up_at=None),
                name="mail_that_waits",
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.recipient}"


class Mention(models.Model):
    """A person who is mentioned in a comment, and the mail that told them."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="mentions")
    person = models.ForeignKey(User, models.CASCADE, related_name="mentions")
    mail = models.ForeignKey(Mail, models.SET_NULL, related_name="mentions", null=True, blank=True)

    class Meta:
        verbose_name = _("mention")
        constraints = [
            models.UniqueConstraint(fields=["comment", "person"], name="one_mention_a_comment")
        ]

    def __str__(self):
        return f"{self.person}: {self.comment}"


class ReportLink(models.Model):
    """Opens My quarter of one person, for one quarter, without signing in."""

    person = models.ForeignKey(User, models.CASCADE, related_name="report_links")
    strategy_quarter = models.ForeignKey(
        StrategyQuarter, models.CASCADE, related_name="report_links"
    )
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    first_used_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("report link")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.person}, {self.strategy_quarter}"


class Invitation(models.Model):
    """Asks a person, by mail, to choose a password; of no use after it expires."""

    person = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    made_by = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.person}, –{self.expires_at:%Y-%m-%d}"


class PeopleChange(models.Model):
    """History of people, networks and communication: who changed what, when, from what to what.

    `fields` is key → [from, to], as in `roadmap.Change`. People stand in it by their key, `#17`,
    and never by name or address, so that a leaver's name is gone when it is gone.
    """

    person = models.ForeignKey(User, models.CASCADE, related_name="history", null=True, blank=True)
    network = models.ForeignKey(
        Network, models.SET_NULL, related_name="history", null=True, blank=True
    )
    communication = models.ForeignKey(
        Communication, models.SET_NULL, related_name="history", null=True, blank=True
    )
    user = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    fields = models.JSONField()

    class Meta:
        verbose_name = _("change in the history of people")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}: {', '.join(self.fields)}"
