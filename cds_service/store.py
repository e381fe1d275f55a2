"""What the service remembers: the cards it issued and what clients say about them. No patient data."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from cds_service.errors import StoreUnavailableError
from cds_service.feedback import FeedbackItem

_WAIT_FOR_LOCK_S = 2

_metadata = MetaData()

_issued_cards = Table(
    "issued_cards",
    _metadata,
    Column("card", String(64), primary_key=True),
    Column("service", String(64), nullable=False, index=True),
    Column("hook_instance", String(64), nullable=False),
    Column("rules", JSON, nullable=False),
    Column("indicator", String(16), nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False, index=True),
)

_feedback = Table(
    "feedback",
    _metadata,
    Column("number", Integer, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("card", String(255), nullable=False, index=True),
    Column("service", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("accepted_suggestions", JSON, nullable=False),
    Column("reason_system", String(255)),
    Column("reason_code", String(255)),
    Column("has_comment", Boolean, nullable=False),
    Column("comment", Text),
    Column("outcome_at", String(64), nullable=False),  # as the client wrote it
    Column("received_at", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """One card as it left, without its text."""

    card: str  # its uuid
    service: str
    hook_instance: str  # hashed: it is the client's
    rules: tuple[str, ...]
    indicator: str


class Store:
    """A database. It opens on first use, so that a missing one does not keep the hooks from answering."""

    def __init__(self, database_url: str) -> None:
        self._engine = _engine(database_url)
        self._lock = threading.Lock()
        self._has_tables = False

    def save_issued_cards(self, cards: Sequence[IssuedCard]) -> None:
        """Keep which cards were issued. Raises StoreUnavailableError."""
        if not cards:
            return
        issued_at = datetime.now(UTC)
        rows = [
            {
                "card": card.card,
                "service": card.service,
                "hook_instance": card.hook_instance,
                "rules": list(card.rules),
                "indicator": card.indicator,
                "issued_at": issued_at,
            }
            for card in cards
        ]
        with self._transaction() as connection:
            connection.execute(_issued_cards.insert(), rows)

    def save_feedback(self, service: str, items: Sequence[FeedbackItem]) -> int:
        """Keep what a client reports; how many items were new. Raises StoreUnavailableError.

        A client may send an item again: it is kept once.
        """
        return sum(self._save_once(service, item) for item in items)

    def feedback(self) -> list[dict[str, Any]]:
        """Every item kept, oldest first. Raises StoreUnavailableError."""
        with self._transaction() as connection:
            rows = connection.execute(select(_feedback).order_by(_feedback.c.number))
            return [dict(row._mapping) for row in rows]

    def issued_cards(self) -> list[dict[str, Any]]:
        """Every card issued. Raises StoreUnavailableError."""
        with self._transaction() as connection:
            rows = connection.execute(select(_issued_cards).order_by(_issued_cards.c.issued_at))
            return [dict(row._mapping) for row in rows]

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _save_once(self, service: str, item: FeedbackItem) -> bool:
        row = {
            "fingerprint": _fingerprint(service, item),
            "card": item.card,
            "service": service,
            "outcome": item.outcome,
            "accepted_suggestions": list(item.accepted_suggestions),
            "reason_system": item.reason_system,
            "reason_code": item.reason_code,
            "has_comment": item.comment is not None,
            "comment": item.comment,
            "outcome_at": item.outcome_at,
            "received_at": datetime.now(UTC),
        }
        with self._transaction() as connection:
            try:
                connection.execute(_feedback.insert(), row)
            except IntegrityError:
                connection.rollback()
                return False
        return True

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            self._ensure_tables()
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            # The driver's message quotes the row; its kind is enough.
            raise StoreUnavailableError(f"the database failed: {type(error).__name__}") from None

    def _ensure_tables(self) -> None:
        with self._lock:
            if not self._has_tables:
                _make_folder(self._engine)
                _metadata.create_all(self._engine)
                self._has_tables = True


def _engine(database_url: str) -> Engine:
    url = make_url(database_url)
    if not url.drivername.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _WAIT_FOR_LOCK_S})
    event.listen(engine, "connect", _tune_sqlite)
    return engine


def _make_folder(engine: Engine) -> None:
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)


def _tune_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's own type
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _fingerprint(service: str, item: FeedbackItem) -> str:
    return hashlib.sha256(repr((service, item)).encode()).hexdigest()
