import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self):
        return self.first_name or self.email

    @property
    def sorted_name(self):
        """Surname first, as lists have it."""
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
