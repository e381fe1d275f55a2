"""Decision records: every rule of every request, the cards as sent; and tokens already used."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_HOOKS = {"thiopurine-order-select": "order-select", "thiopurine-patient-view": "patient-view"}


def upgrade() -> None:
    """Make the tables, and carry over what the first version kept of cards and feedback."""
    _make_requests()
    _make_decisions()
    _make_cards()
    _make_seen_tokens()
    _carry_cards_over()
    op.drop_table("issued_cards")
    op.add_column("feedback", sa.Column("client", sa.String(255), nullable=False, server_default=""))
    op.create_index("ix_feedback_received_at", "feedback", ["received_at"])


def _make_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("hook", sa.String(64), nullable=False),
        sa.Column("hook_instance", sa.String(255), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("patient", sa.String(255), nullable=False),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("hash_key", sa.String(64), nullable=False),
        sa.Column("software", sa.String(64), nullable=False),
        sa.Column("knowledge", sa.String(64), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
    )
    op.create_index("ix_requests_received_at", "requests", ["received_at"])
    op.create_index("ix_requests_patient", "requests", ["patient"])


def _of_request() -> sa.Column[str]:
    return sa.Column(
        "request", sa.String(64), sa.ForeignKey("requests.id", ondelete="CASCADE"), nullable=False
    )


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        _of_request(),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("is_muted", sa.Boolean, nullable=False),
        sa.Column("indicator", sa.String(16)),
        sa.Column("reason", sa.Text),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("missing", sa.JSON, nullable=False),
    )
    op.create_index("ix_decisions_request", "decisions", ["request"])


def _make_cards() -> None:
    op.create_table(
        "cards",
        sa.Column("uuid", sa.String(64), primary_key=True),
        _of_request(),
        sa.Column("indicator", sa.String(16), nullable=False),
        sa.Column("withheld", sa.String(16)),
        sa.Column("content", sa.Text),
        sa.Column("digest", sa.String(64)),
        sa.Column("same_as", sa.String(64)),
    )
    op.create_index("ix_cards_request", "cards", ["request"])
    op.create_index("ix_cards_same_as", "cards", ["same_as"])
    op.create_table(
        "card_rules",
        sa.Column("card", sa.String(64), sa.ForeignKey("cards.uuid", ondelete="CASCADE"), primary_key=True),
        sa.Column("rule", sa.String(64), primary_key=True),
    )


def _make_seen_tokens() -> None:
    op.create_table(
        "seen_tokens",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_seen_tokens_expires_at", "seen_tokens", ["expires_at"])


def _carry_cards_over() -> None:
    """One request per issued card: the first version did not record which cards came together."""
    connection = op.get_bind()
    tables = sa.MetaData()
    tables.reflect(connection, only=["issued_cards", "requests", "cards", "card_rules"])
    for row in connection.execute(tables.tables["issued_cards"].select()).mappings().all():
        request = uuid4().hex
        unknown = dict.fromkeys(
            ("client", "patient", "user", "hash_key", "software", "knowledge", "policy"), ""
        )
        connection.execute(
            tables.tables["requests"].insert(),
            unknown
            | {
                "id": request,
                "received_at": row["issued_at"],
                "service": row["service"],
                "hook": _HOOKS.get(row["service"], "order-sign"),
                "hook_instance": row["hook_instance"],
            },
        )
        connection.execute(
            tables.tables["cards"].insert(),
            {"uuid": row["card"], "request": request, "indicator": row["indicator"]},
        )
        for rule in dict.fromkeys(row["rules"]):
            connection.execute(tables.tables["card_rules"].insert(), {"card": row["card"], "rule": rule})
