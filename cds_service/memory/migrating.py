"""Brings a database to the newest migration, one process at a time."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

# An arbitrary number that must never change: migrating processes wait for each other on it.
_ADVISORY_LOCK = 7_463_281


# Alembic keeps its state in a global: two databases of one process take turns.
_one_at_a_time = threading.Lock()


def configuration() -> Config:
    """Alembic's configuration; the migrations lie in this package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Apply every migration up to `to` that the database lacks, all or none."""
    config = configuration()
    with (
        _one_at_a_time,
        engine.connect().execution_options(is_exclusive=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)
