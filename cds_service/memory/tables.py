"""The tables, as the newest migration leaves them."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

WORD = 255  # characters of an identifier that a client chose
NAME = 64  # characters of an identifier that the service chose

metadata = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC: SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC."""
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def _of_request() -> Column[str]:
    return Column(
        "request",
        String(NAME),
        ForeignKey("requests.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    )


requests = Table(
    "requests",
    metadata,
    Column("id", String(NAME), primary_key=True),
    Column("received_at", Instant(), nullable=False, index=True),
    Column("service", String(NAME), nullable=False),
    Column("hook", String(NAME), nullable=False),
    Column("hook_instance", String(WORD), nullable=False),
    Column("client", String(WORD), nullable=False),
    Column("patient", String(WORD), nullable=False, index=True),  # a keyed hash, or the id itself
    Column("user", String(WORD), nullable=False),  # a keyed hash, or the id itself
    Column("hash_key", String(NAME), nullable=False),  # which key; "" where the ids themselves are stored
    Column("software", String(NAME), nullable=False),
    Column("knowledge", String(NAME), nullable=False),
    Column("policy", String(NAME), nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    _of_request(),
    Column("rule", String(NAME), nullable=False),
    Column("outcome", String(16), nullable=False),  # fired, silent, blocked or failed
    Column("is_muted", Boolean, nullable=False),  # evaluated in silent mode
    Column("indicator", String(16)),  # the most urgent of its findings; NULL unless it fired
    Column("reason", Text),  # why it stayed silent, or the kind of error it failed with
    Column("findings", JSON, nullable=False),
    Column("missing", JSON, nullable=False),
)

cards = Table(
    "cards",
    metadata,
    Column("uuid", String(NAME), primary_key=True),
    _of_request(),
    Column("indicator", String(16), nullable=False),
    Column("withheld", String(16)),  # why it was not sent: silent, repeated; NULL when it was
    Column("content", Text),  # JSON as sent; NULL for cards of the first version, which did not keep it
    Column("digest", String(NAME)),  # keyed hash of the exact bytes sent
    Column("same_as", String(NAME), index=True),  # equal for the same card about the same unchanged orders
)

card_rules = Table(
    "card_rules",
    metadata,
    Column("card", String(NAME), ForeignKey("cards.uuid", ondelete="CASCADE"), primary_key=True),
    Column("rule", String(NAME), primary_key=True),
)

feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("fingerprint", String(NAME), nullable=False, unique=True),
    Column("card", String(WORD), nullable=False, index=True),
    Column("service", String(NAME), nullable=False),
    Column("client", String(WORD), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("accepted_suggestions", JSON, nullable=False),
    Column("reason_system", String(WORD)),
    Column("reason_code", String(WORD)),
    Column("has_comment", Boolean, nullable=False),
    Column("comment", Text),
    Column("outcome_at", String(NAME), nullable=False),  # as the client wrote it
    Column("received_at", Instant(), nullable=False, index=True),
)

seen_tokens = Table(
    "seen_tokens",
    metadata,
    Column("token", String(NAME), primary_key=True),  # hash of issuer and jti
    Column("expires_at", Instant(), nullable=False, index=True),
)
