"""What a service needs from the machine it runs on: settings, database, clock."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from cds_service.ehr.examined_point import ExaminedPoint, PointState
from cds_service.memory.database import HEAD, Database, DatabaseUrlError
from cds_service.settings import Settings

_TOPIC = "database"


def examined_here(settings: Settings) -> Iterator[ExaminedPoint]:
    """The state of this environment's settings, and of the database that they name."""
    yield _database(settings.database_url)
    yield _zone(settings)
    yield _hash_keys(settings)


def _database(url: str) -> ExaminedPoint:
    """Whether it can be used as it is; nothing is created or migrated."""
    try:
        file = Database(url).file
    except DatabaseUrlError as error:
        return ExaminedPoint(_TOPIC, PointState.FAILED, str(error), "Correct THIOPURINE_CDS_DATABASE_URL.")
    if file is not None and not file.exists():
        return _missing(file)
    try:
        version = _version(url)
    except SQLAlchemyError as error:
        return ExaminedPoint(
            _TOPIC,
            PointState.FAILED,
            f"cannot be reached ({type(error).__name__})",
            "Hooks still answer meanwhile; feedback gets 503, and decisions are dropped once the queue is full.",
        )
    if version is None:
        return ExaminedPoint(
            _TOPIC, PointState.OK, "reached, and empty: its tables are made at the next start"
        )
    if version > HEAD:
        return ExaminedPoint(
            _TOPIC,
            PointState.FAILED,
            f"was made by a newer version ({version}; this one knows {HEAD})",
            "Upgrade this installation, or point it at its own database.",
        )
    if version != HEAD:
        advice = "It is brought up to date at the next start; back it up before (`thiopurine-cds backup`)."
        return ExaminedPoint(_TOPIC, PointState.WARNING, f"has the tables of version {version}", advice)
    if file is not None and not os.access(file, os.W_OK):
        return ExaminedPoint(
            _TOPIC, PointState.FAILED, "is read-only", "Let the service's user write to the file."
        )
    return ExaminedPoint(_TOPIC, PointState.OK, f"up to date (version {version})")


def _missing(file: Path) -> ExaminedPoint:
    folder = next(one for one in file.absolute().parents if one.exists())
    if os.access(folder, os.W_OK):
        return ExaminedPoint(_TOPIC, PointState.OK, "not there yet: it is made at the first start")
    advice = "Let the service's user write there, or name another THIOPURINE_CDS_DATABASE_URL."
    return ExaminedPoint(_TOPIC, PointState.FAILED, "its folder cannot be written to", advice)


def _version(url: str) -> str | None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, poolclass=NullPool)
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version


def _zone(settings: Settings) -> ExaminedPoint:
    now = datetime.now(settings.zone)
    seen = f"it is {now:%Y-%m-%d %H:%M} in {settings.timezone}"
    if settings.timezone == "UTC":
        advice = "Set THIOPURINE_CDS_TIMEZONE to the site's zone: it decides which day today is."
        return ExaminedPoint("time zone", PointState.WARNING, seen, advice)
    return ExaminedPoint("time zone", PointState.OK, seen)


def _hash_keys(settings: Settings) -> ExaminedPoint:
    file = settings.hash_keys_file
    if file is None or not file.exists():
        return ExaminedPoint("hash keys", PointState.OK, "beside the database, made when needed")
    if file.stat().st_mode & 0o077:
        advice = f"chmod 600 {file.name}: with it, ids can be guessed from the records."
        return ExaminedPoint(
            "hash keys", PointState.WARNING, "others on this machine can read the file", advice
        )
    return ExaminedPoint("hash keys", PointState.OK, "readable by the service only")
