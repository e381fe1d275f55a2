"""The store for a command: what is wrong with its database ends the command with a message."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from cds_service.errors import StoreUnavailableError
from cds_service.memory.database import DatabaseUrlError
from cds_service.memory.store import Store, opened
from cds_service.settings import Settings


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The store; a database that fails, or cannot be used, ends the command with a message."""
    try:
        store = opened(settings.database_url, settings.hash_keys_file)
    except DatabaseUrlError as error:
        raise click.UsageError(str(error)) from None
    try:
        yield store
    except StoreUnavailableError as error:
        raise click.ClickException(error.message) from None
    finally:
        store.close()
