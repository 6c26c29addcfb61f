"""allauth's forms of passkeys, for which whatever cannot be read is a wrong passkey.

What a browser sends is JSON with binary parts. Its parsers raise many kinds of errors, of which
allauth expects only some: the others would be answered as faults of the portal.
"""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError


def refusing(clean):
    """The same check, for which every error of reading means "Incorrect code."."""

    def checked(self):
        try:
            return clean(self)
        except (ValidationError, DatabaseError):
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error

    return checked


class AddPasskeyForm(forms.AddWebAuthnForm):
    clean = refusing(forms.AddWebAuthnForm.clean)


class AuthenticateForm(forms.AuthenticateWebAuthnForm):
    clean_credential = refusing(forms.AuthenticateWebAuthnForm.clean_credential)


class LoginForm(forms.LoginWebAuthnForm):
    clean_credential = refusing(forms.LoginWebAuthnForm.clean_credential)


class ReauthenticateForm(forms.ReauthenticateWebAuthnForm):
    clean_credential = refusing(forms.ReauthenticateWebAuthnForm.clean_credential)
