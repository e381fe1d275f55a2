"""The vendors' notices that this process heard from its clients' FHIR servers. No patient data."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

from cds_service.access.server_notices import NoticeAbout, ServerNotice
from cds_service.chart_sources.evidence import HeardNotice


@dataclass(frozen=True, slots=True, order=True)
class ClientNotice:
    """A notice that came with the answers of one client."""

    client: str
    system: str  # as in the table: the installation is not kept
    code: str
    about: str
    acknowledged: str  # "yes", "no", or "not needed" where it changes nothing


class HeardNotices:
    """Which notices came with the answers of which client since the process started."""

    def __init__(self) -> None:
        self._heard: set[ClientNotice] = set()
        self._lock = Lock()

    def hear(self, client: str, heard: Iterable[HeardNotice]) -> None:
        """Keep the notices of one answer."""
        new = {_of_client(client, one) for one in heard}
        with self._lock:
            self._heard |= new

    @property
    def all(self) -> tuple[ClientNotice, ...]:
        """Each once, in a fixed order."""
        with self._lock:
            return tuple(sorted(self._heard))


def acknowledgement(heard: HeardNotice) -> str:
    """Whether the site knows of a notice: "yes", "no", or "not needed" where it changes nothing."""
    if heard.notice.about is not NoticeAbout.TYPE_WITHHELD:
        return "not needed"
    return "yes" if heard.is_acknowledged else "no"


def _of_client(client: str, heard: HeardNotice) -> ClientNotice:
    notice: ServerNotice = heard.notice
    return ClientNotice(client, notice.system, notice.code, str(notice.about), acknowledgement(heard))
