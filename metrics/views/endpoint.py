"""The address to which automations send measurements. Answers are JSON, faults problem details."""

import logging

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import JsonResponse, UnreadablePostError
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt

from metrics.kpis import deliveries, sending, tokens
from metrics.kpis.self_description import describe
from metrics.problems import Problem

log = logging.getLogger(__name__)

METHODS = ("GET", "HEAD", "POST")
REALM = 'Bearer realm="digistrategia"'


@csrf_exempt  # no session counts here, only the token
@login_not_required
def measurements(request):
    with translation.override(language_of(request)):
        try:
            response = _answer(request)
        except Problem as problem:
            response = problem.response()
        response.headers["Content-Language"] = translation.get_language()
    response.headers["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept-Language", "Authorization"])
    return response


@csrf_exempt
@login_not_required
def missing(request, rest):
    """Anything else under /api/: programs are not sent to a page."""
    says = f"There is nothing here. Measurements are sent to {reverse('measurements-api')}"
    return Problem(404, "not-found", says).response()


def language_of(request) -> str:
    """The first of the languages asked for that the portal has; English for programs."""
    known = {code for code, _name in settings.LANGUAGES}
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500])
    codes = (code.partition("-")[0] for code, _weight in asked)
    return next((code for code in codes if code in known), "en")


def _answer(request):
    if request.method not in METHODS:
        says = _("Measurements are sent by POST; GET tells what the token may send.")
        raise Problem(405, "method", says, headers={"Allow": ", ".join(METHODS)})
    token = _token(request)
    if wait := tokens.let_through(token):
        raise _too_many(_("The token has made too many requests."), wait)
    if request.method != "POST":
        return JsonResponse(describe(token), json_dumps_params={"ensure_ascii": False})
    key, body = _key(request), _body(request)
    return _received(token, key, body, _document(body))


def _token(request):
    """The token in use; 401 for none and, alike, for a wrong and a revoked one."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    is_bearer = scheme.lower() == "bearer" and secret.strip()
    token = tokens.recognise(secret.strip()) if is_bearer else None
    if token:
        return token
    if not _may_be_wrong(request):
        raise _too_many(_("Too many requests without a token that is known."), 60)
    if is_bearer:
        says = _("The token is not known: it is wrong, or it was revoked.")
        challenge = f'{REALM}, error="invalid_token"'
    else:
        says = _("A token is needed: send the header “Authorization: Bearer” with it.")
        challenge = REALM
    raise Problem(401, "token", says, headers={"WWW-Authenticate": challenge})


def _may_be_wrong(request) -> bool:
    """Whether this address has not sent too many wrong tokens; right ones are not counted here."""
    action = "measurement_token"
    config = {action: f"{settings.WRONG_TOKENS_A_MINUTE}/m/ip"}
    try:
        # Not the public one, which lets every GET through.
        return bool(
            ratelimit.consume(
                request, app="allauth.account", action=action, config=config, limit_get=True
            )
        )
    except PermissionDenied:  # no address is known: refused as a wrong token all the same
        return True


def _too_many(says: str, wait: int) -> Problem:
    return Problem(429, "too-many-requests", says, headers={"Retry-After": str(wait)})


def _key(request) -> str:
    """The client's own key of this sending: what is sent again under it is not done again.

    It is asked for, because without one nobody can tell what is sent again, after an answer that
    was lost, from something new: it would put an old number back over a correction.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 1 and key[0] == key[-1] == '"':  # as the draft writes it
        key = key[1:-1]
    if not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
        says = _(
            "Send the header Idempotency-Key: 1 to 200 signs of your own, new for each sending, "
            "and the same when you try again."
        )
        raise Problem(400, "idempotency-key", says)
    return key


def _body(request) -> bytes:
    if request.content_type != "application/json":
        says = _("Send JSON, with the header “Content-Type: application/json”.")
        raise Problem(415, "not-json", says, headers={"Accept-Post": "application/json"})
    if "Transfer-Encoding" in request.headers:  # nothing of such a body is read (PEP 3333)
        says = _("Send the length of the body, with the header Content-Length, and not in chunks.")
        raise Problem(411, "length-required", says)
    try:
        return request.body
    except RequestDataTooBig:
        megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
        says = _("The body is too large: at most %d MB.") % megabytes
        raise Problem(413, "too-large", says) from None
    except UnreadablePostError:
        raise Problem(400, "malformed", _("The body broke off.")) from None


def _document(body: bytes):
    try:
        return sending.read_json(body)
    except sending.Unreadable as error:
        raise Problem(400, "malformed", str(error)) from None


def _received(token, key: str, body: bytes, document):
    def act():
        return sending.keep(token, document, timezone.localdate())

    try:
        answer = deliveries.deliver(token, key, body, act)
    except deliveries.InFlight:
        says = _("What was sent under this Idempotency-Key is being worked on. Try again.")
        raise Problem(409, "in-flight", says, headers={"Retry-After": "1"}) from None
    except deliveries.KeyReused:
        says = _("Something else was sent under this Idempotency-Key. Use a new one.")
        raise Problem(422, "key-reused", says) from None
    log.info("Token %s sent %s measurements", token.pk, len(answer.body["measurements"]))
    headers = {"Idempotent-Replayed": "true"} if answer.is_replay else {}
    # In one order of names, so that a replay is the same to the letter on every database.
    how = {"ensure_ascii": False, "sort_keys": True}
    return JsonResponse(answer.body, status=answer.status, headers=headers, json_dumps_params=how)
