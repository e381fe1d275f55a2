"""Issues of an OperationOutcome that came where records were expected."""

from typing import Any

import msgspec

from fhir_mappers.bundle.peeks import objects_at, text_at

_NO_FAILURES = ("warning", "information")


class NoticeCode(msgspec.Struct, frozen=True):
    """A server's own code for what it says."""

    system: str
    code: str


class Outcome(msgspec.Struct, frozen=True):
    """One issue of an OperationOutcome that came where resources were expected."""

    severity: str  # "fatal", "error", "warning", "information", or "" when not stated
    code: str = ""
    codes: tuple[NoticeCode, ...] = ()  # of its details
    text: str = ""
    diagnostics: str = ""
    expression: tuple[str, ...] = ()

    @property
    def is_failure(self) -> bool:
        """Whether the search failed; Epic says "no results" by a warning."""
        return self.severity not in _NO_FAILURES


def outcomes_in(content: dict[str, Any]) -> tuple[Outcome, ...]:
    """The issues of an OperationOutcome; one without any is a failure."""
    return tuple(_outcome(issue) for issue in objects_at(content.get("issue"))) or (Outcome(""),)


def _outcome(issue: dict[str, Any]) -> Outcome:
    details = next(iter(objects_at(issue.get("details"))), {})
    expressions = issue.get("expression")
    return Outcome(
        _text(issue.get("severity")),
        _text(issue.get("code")),
        tuple(
            NoticeCode(_text(coding.get("system")), _text(coding.get("code")))
            for coding in objects_at(details.get("coding"))
        ),
        _text(details.get("text")),
        _text(issue.get("diagnostics")),
        tuple(_text(one) for one in (expressions if isinstance(expressions, list) else [expressions]) if one),
    )


def _text(value: object) -> str:
    return text_at(value) or ""
