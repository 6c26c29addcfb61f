"""The settings of signing in, read from the environment by pure functions."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

# As `roadmap.permissions.Role`, which settings cannot import; a test keeps both alike.
ROLES = ("johto", "digimentori", "ylläpitäjä")
NEEDED = ("OIDC_SERVER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
LOCAL = ("localhost", "127.0.0.1", "::1")
TRUE = ("1", "true", "yes", "on")
PROVIDER = "oidc"


def from_environment(environment: Mapping[str, str]) -> dict:
    """All settings of signing in; `OIDC` is None where no provider is configured.

    Raises `ImproperlyConfigured` with a sentence that says what to mend.
    """
    oidc = _oidc(environment)
    return {
        "OIDC": oidc,
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": _provider(oidc)} if oidc else {},
        "MFA_REQUIRED_ROLES": _required_roles(environment),
        "MFA_TRUST_OIDC": _flag(environment, "MFA_TRUST_OIDC", True),
        # Whoever is closed out by the provider must not come in past it.
        "MFA_PASSKEY_LOGIN_ENABLED": not (oidc and oidc["only"]),
    }


def _oidc(environment):
    given = {name: environment.get(name, "").strip() for name in NEEDED}
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(NEEDED):
        for name in ("OIDC_ROLES", "OIDC_ONLY"):
            if environment.get(name, "").strip().lower() not in ("", "0", "false", "no", "off"):
                raise ImproperlyConfigured(
                    f"{name} is set, but no provider to sign in by: set {', '.join(NEEDED)}."
                )
        return None
    if missing:
        raise ImproperlyConfigured(
            f"Signing in by OpenID Connect is half configured: {', '.join(missing)} is not set. "
            f"Set all of {', '.join(NEEDED)}, or none of them."
        )
    url = given["OIDC_SERVER_URL"].rstrip("/")
    return {
        "server_url": url,
        "origin": _origin(url),
        "client_id": given["OIDC_CLIENT_ID"],
        "secret": given["OIDC_CLIENT_SECRET"],
        "name": environment.get("OIDC_NAME", "").strip(),
        "groups_claim": environment.get("OIDC_GROUPS_CLAIM", "").strip() or "groups",
        "roles": _roles(environment.get("OIDC_ROLES", "")),
        "only": _flag(environment, "OIDC_ONLY", False),
    }


def _provider(oidc):
    app = {
        "provider_id": PROVIDER,
        "name": oidc["name"],
        "client_id": oidc["client_id"],
        "secret": oidc["secret"],
        "settings": {"server_url": oidc["server_url"]},
    }
    return {"APPS": [app], "OAUTH_PKCE_ENABLED": True}


def _origin(url):
    try:
        parts = urlsplit(url)
        _port = parts.port  # raises where it is no number
    except ValueError:
        parts = None
    is_local = parts and parts.scheme == "http" and parts.hostname in LOCAL
    if not parts or not parts.hostname or not (parts.scheme == "https" or is_local):
        raise ImproperlyConfigured("OIDC_SERVER_URL must be an address that begins with https://.")
    if parts.path.split("/")[1:2] in (["common"], ["organizations"], ["consumers"]):
        # Anybody in the world may make a tenant, and put any address into it.
        raise ImproperlyConfigured(
            "OIDC_SERVER_URL must name your own tenant, as in "
            "https://login.microsoftonline.com/<tenant id>/v2.0."
        )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _roles(text):
    """`group-1=ylläpitäjä,group-2=digimentori` as group → role."""
    roles = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        group, equals, role = (part.strip() for part in pair.rpartition("="))
        if not (group and equals) or role not in ROLES:
            raise ImproperlyConfigured(
                f"OIDC_ROLES: {pair!r} is not understood. "
                f"Write group=role, with commas between; the roles are {', '.join(ROLES)}."
            )
        if roles.setdefault(group, role) != role:
            raise ImproperlyConfigured(f"OIDC_ROLES gives two roles to the group {group!r}.")
    return roles


def _required_roles(environment):
    names = environment.get("MFA_REQUIRED_ROLES", "").split(",")
    roles = frozenset(filter(None, (name.strip() for name in names)))
    if unknown := sorted(roles - set(ROLES)):
        raise ImproperlyConfigured(
            f"MFA_REQUIRED_ROLES names no role of the portal: {', '.join(unknown)}. "
            f"The roles are {', '.join(ROLES)}."
        )
    return roles


def _flag(environment, name, default):
    value = environment.get(name, "").strip().lower()
    return value in TRUE if value else default
