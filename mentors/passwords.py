from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LengthValidator(MinimumLengthValidator):
    """Django's own, whose message has no Finnish."""

    def get_error_message(self):
        least = self.min_length
        return (
            ngettext(
                "The password is too short: at least %d character is needed.",
                "The password is too short: at least %d characters are needed.",
                least,
            )
            % least
        )
