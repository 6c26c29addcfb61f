"""The language that a person has chosen, and the cookie by which a browser knows it."""

from django.conf import settings
from django.utils import translation


def remember(response, code: str) -> None:
    """Let the browser keep the language, as the switch on each page does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


def is_chosen(request) -> bool:
    """Whether the browser has chosen a language itself."""
    return settings.LANGUAGE_COOKIE_NAME in request.COOKIES


def prefer(request, code: str) -> None:
    """Answer this request in the language, unless the browser has chosen one."""
    if not is_chosen(request):
        translation.activate(code)  # the middleware puts the former one back
        request.LANGUAGE_CODE = code
