"""Notices that a vendor's FHIR server puts into ordinary answers, by the vendor's own codes: what each is about."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from fhir_mappers.terminology.tables import rows_of

_TABLE = "server_notices.csv"


class NoticeAbout(StrEnum):
    """What a notice says."""

    TYPE_WITHHELD = (
        "type-withheld"  # the client is not authorised for a part of the type that the notice names
    )
    ALWAYS = "always"  # what the server says on every answer: it changes nothing
    EMPTY = "empty"  # there are no results


@dataclass(frozen=True, slots=True)
class ServerNotice:
    """One row. A `*` in the system stands for the installation, which is part of the vendor's address."""

    system: str
    code: str
    about: NoticeAbout
    source: str

    def is_meant_by(self, system: str, code: str) -> bool:
        """Whether a coding, or a site's settings, mean this notice."""
        return code == self.code and (
            system == self.system or _pattern(self.system).fullmatch(system) is not None
        )


@cache
def server_notices() -> tuple[ServerNotice, ...]:
    """Every notice of which it is known what it is about."""
    text = files("cds_service.access").joinpath(_TABLE).read_text(encoding="utf-8")
    return tuple(
        ServerNotice(
            row.filled("system"),
            row.filled("code"),
            NoticeAbout(row.one_of("about", list(NoticeAbout))),
            row.filled("source"),
        )
        for row in rows_of(_TABLE, text)
    )


def notice_of(system: str, code: str) -> ServerNotice | None:
    """The notice that a coding means, None where nobody knows what it is about."""
    return next((one for one in server_notices() if one.is_meant_by(system, code)), None)


@cache
def _pattern(system: str) -> re.Pattern[str]:
    return re.compile(re.escape(system).replace(re.escape("*"), r"[0-9.]+"))
