"""Reading and writing what the service remembers."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Insert, Table, and_, delete, func, or_, select

from cds_service.hooks.feedback import FeedbackItem
from cds_service.memory import tables
from cds_service.memory.database import Database
from cds_service.memory.drift import Span
from cds_service.memory.hash_keys import HashKeys
from cds_service.memory.records import RequestRecord, Rows, kept, rows_of
from cds_service.memory.report import RuleReport, reports
from cds_service.settings import user_data_folder

Row = Mapping[str, Any]

_KEPT_AFTER_EXPIRY = timedelta(days=1)


class Store:
    """The service's memory. Every method raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, keys: HashKeys, *, keeps_ids: bool = False) -> None:
        self._database = database
        self._keys = keys
        self._keeps_ids = keeps_ids  # patients and users by their own ids, not by keyed hashes

    def migrate(self) -> None:
        """Bring the tables up to date; no connection is held afterwards.

        Raises HashKeysError for a key file that contains something else.
        """
        _ = self._keys.current
        self._database.migrate()

    def save(self, records: Sequence[RequestRecord]) -> None:
        """Keep the outcome of these requests, all or none; a card already there stays as it is."""
        key = self._keys.current
        rows = [rows_of(record, key, is_plain=self._keeps_ids) for record in records]
        with self._database.writing(waits_long=True) as connection:
            _insert_all(connection, rows)

    def save_feedback(
        self,
        service: str,
        items: Sequence[FeedbackItem],
        client: str = "",
        received_at: datetime | None = None,
    ) -> int:
        """Keep a client's reports; returns how many items were new.

        A client may send an item again: it is kept once.
        """
        rows = [
            _feedback_row(service, kept(client), item, received_at or datetime.now(UTC)) for item in items
        ]
        with self._database.writing(outlasts_others=True) as connection:
            return sum(
                connection.execute(_insert_unless_there(connection, tables.feedback), row).rowcount
                for row in rows
            )

    def shown_already(self, same_as: Iterable[str], hook: str, since: datetime) -> frozenset[str]:
        """Which of these cards were sent by a hook since then, by the key under which two cards count as the same."""
        wanted = list(same_as)
        if not wanted:
            return frozenset()
        shown = (
            select(tables.cards.c.same_as)
            .join(tables.requests, tables.requests.c.id == tables.cards.c.request)
            .where(
                tables.cards.c.same_as.in_(wanted),
                tables.cards.c.withheld.is_(None),
                tables.requests.c.hook == hook,
                tables.requests.c.received_at >= since,
            )
        )
        with self._database.reading() as connection:
            return frozenset(connection.scalars(shown))

    def hash_of(self, value: str) -> str:
        """A keyed hash of a value, by the current key."""
        return self._keys.current.hash_of(value)

    def take_token(self, token: str, expires_at: datetime) -> bool:
        """Whether this token came for the first time; it is remembered until it expires."""
        row = {"token": hashlib.sha256(token.encode()).hexdigest(), "expires_at": expires_at}
        with self._database.writing() as connection:
            insert = _insert_unless_there(connection, tables.seen_tokens)
            return connection.execute(insert, row).rowcount == 1

    def forget_expired_tokens(self, now: datetime) -> int:
        """Forget tokens that expired more than a day ago; returns how many.

        A token that only just expired would be valid again once a clock that had jumped ahead is set back.
        """
        long_ago = now - _KEPT_AFTER_EXPIRY
        with self._database.writing(waits_long=True) as connection:
            expired = delete(tables.seen_tokens).where(tables.seen_tokens.c.expires_at < long_ago)
            return connection.execute(expired).rowcount

    def reports(self, since: datetime, until: datetime) -> tuple[RuleReport, ...]:
        """What became of each rule's cards from `since` until before `until`."""
        with self._database.reading() as connection:
            return reports(connection, since, until)

    def span(self, since: datetime, until: datetime) -> Span:
        """How many requests were recorded from `since` until before `until`, and what each rule answered."""
        columns = tables.requests.c
        within = and_(columns.received_at >= since, columns.received_at < until)
        with self._database.reading() as connection:
            versions = connection.execute(
                select(columns.software, columns.knowledge, columns.policy).where(within).distinct()
            )
            decided_by = sorted(f"software {one[0]}, tables {one[1]}, policy {one[2]}" for one in versions)
            requests = _count(connection, tables.requests, within)
            return Span(requests, reports(connection, since, until), tuple(decided_by))

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Every row of a table, oldest first."""
        order = [column for column in table.c if column.name in ("received_at", "number", "id")]
        with self._database.reading() as connection:
            found = connection.execute(select(table).order_by(*order[:1]))
            return [dict(row) for row in found.mappings()]

    def count_before(self, day: datetime) -> tuple[int, int]:
        """How many requests and how many feedback reports were received before then."""
        with self._database.reading() as connection:
            return (
                _count(connection, tables.requests, tables.requests.c.received_at < day),
                _count(connection, tables.feedback, tables.feedback.c.received_at < day),
            )

    def purge(self, before: datetime) -> tuple[int, int]:
        """Forget requests with their decisions and cards, and feedback, received before then; returns how many."""
        with self._database.writing(waits_long=True) as connection:
            feedback = connection.execute(
                delete(tables.feedback).where(tables.feedback.c.received_at < before)
            )
            requests = connection.execute(
                delete(tables.requests).where(tables.requests.c.received_at < before)
            )
            return requests.rowcount, feedback.rowcount

    def purge_patient(self, patient_id: str) -> tuple[int, int]:
        """Forget everything about one patient, as far as the keys still kept can identify it; returns how many."""
        hashes = [(key.id, key.hash_of(patient_id)) for key in self._keys.all]
        columns = tables.requests.c
        own = or_(
            *(and_(columns.hash_key == key, columns.patient == found) for key, found in hashes),
            and_(columns.hash_key == "", columns.patient == patient_id),
        )
        cards = select(tables.cards.c.uuid).join(tables.requests, columns.id == tables.cards.c.request)
        with self._database.writing(waits_long=True) as connection:
            feedback = connection.execute(
                delete(tables.feedback).where(tables.feedback.c.card.in_(cards.where(own)))
            )
            requests = connection.execute(delete(tables.requests).where(own))
            return requests.rowcount, feedback.rowcount

    def rotate_key(self, *, forget_older: bool = False) -> str:
        """Hash patients and users with a new key from now on; returns its name."""
        return self._keys.rotate(forget_older=forget_older).id

    def back_up(self, to: Path) -> None:
        """Copy an SQLite database into a file, whole and consistent, while it is in use."""
        self._database.back_up(to)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()


def opened(database_url: str, keys_file: Path | None = None, *, keeps_ids: bool = False) -> Store:
    """The store at a URL.

    Unless a key file is named, the keys lie beside the file of an SQLite database, or for another database in
    the user's data folder; a database in memory has a key in memory.
    """
    database = Database(database_url)
    return Store(database, HashKeys(keys_file or _default_keys_file(database)), keeps_ids=keeps_ids)


def days_ago(days: int, now: datetime) -> datetime:
    """The instant that many days before `now`."""
    return now - timedelta(days=days)


def _default_keys_file(database: Database) -> Path | None:
    if database.file is not None:
        return database.file.with_name(f"{database.file.name}.hash-keys")
    return None if database.is_sqlite else user_data_folder() / "hash-keys"


def _insert_all(connection: Connection, rows: Sequence[Rows]) -> None:
    for table, found in (
        (tables.requests, [one.request for one in rows]),
        (tables.decisions, [row for one in rows for row in one.decisions]),
        (tables.cards, [row for one in rows for row in one.cards]),
        (tables.card_rules, [row for one in rows for row in one.card_rules]),
    ):
        if found:
            connection.execute(table.insert(), found)


def _insert_unless_there(connection: Connection, table: Table) -> Insert:
    """An insertion whose row count is 0 for a row that already exists."""
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # already loaded by its engine
    insert: Insert = dialect.insert(table).on_conflict_do_nothing()
    return insert.execution_options(preserve_rowcount=True)


def _feedback_row(service: str, client: str, item: FeedbackItem, received_at: datetime) -> dict[str, Any]:
    return {
        "fingerprint": hashlib.sha256(repr((service, client, astuple(item))).encode()).hexdigest(),
        "card": item.card,
        "service": service,
        "client": client,
        "outcome": item.outcome,
        "accepted_suggestions": list(item.accepted_suggestions),
        "reason_system": item.reason_system,
        "reason_code": item.reason_code,
        "has_comment": item.comment is not None,
        "comment": item.comment,
        "outcome_at": item.outcome_at,
        "received_at": received_at,
    }


def _count(connection: Connection, table: Table, condition: Any) -> int:  # noqa: ANN401 -- an SQL expression
    return connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
