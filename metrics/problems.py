"""Answers to programs that went wrong, as problem details (RFC 9457)."""

from dataclasses import dataclass, field
from http import HTTPStatus

from django.http import JsonResponse

TYPE = "urn:digistrategia:problem:"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value of what was sent; `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    code: str
    detail: str

    def as_json(self) -> dict:
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


@dataclass
class Problem(Exception):
    """Why a request was not done. `code` stays the same, whatever language the sentences have."""

    status: int
    code: str
    detail: str
    faults: list[Fault] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> JsonResponse:
        answer = {
            "type": TYPE + self.code,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            answer["errors"] = [fault.as_json() for fault in self.faults]
        return JsonResponse(
            answer,
            status=self.status,
            headers=self.headers,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
