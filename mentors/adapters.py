"""Where allauth asks the portal."""

from allauth.account.adapter import DefaultAccountAdapter

from mentors import languages


class AccountAdapter(DefaultAccountAdapter):
    def post_login(self, request, user, **kwargs):
        """A browser that has chosen no language takes the person's own."""
        response = super().post_login(request, user, **kwargs)
        if not languages.is_chosen(request):
            languages.remember(response, user.language)
        return response
