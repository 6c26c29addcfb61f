from allauth.account.forms import ResetPasswordForm


class NewPasswordForm(ResetPasswordForm):
    """A new password for who has one: an invitation or a provider is no way around itself."""

    def clean_email(self):
        email = super().clean_email()
        self.users = [user for user in self.users if user.has_usable_password()]
        return email
