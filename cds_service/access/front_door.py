"""Lets in the configured clients by their tokens or, if none are configured, every caller."""

from cds_service.access.client_tokens import Door, GuardedDoor, OpenDoor
from cds_service.access.client_transports import ClientTransports
from cds_service.access.clients import Client, ClientsFileError
from cds_service.access.key_sets import KeySets, fetch_by
from cds_service.access.public_keys import KeySetError, public_keys_in
from cds_service.access.replay_guard import StoredReplayGuard, TokenStore


def front_door(
    clients: tuple[Client, ...],
    everybody: Client,
    public_url: str | None,
    store: TokenStore,
    transports: ClientTransports,
) -> Door:
    """The door of a service for these clients; without clients, `everybody` may call.

    Raises ClientsFileError for a client whose key file contains no key.
    """
    if not clients or public_url is None:
        return OpenDoor(everybody)
    for client in clients:
        _require_keys(client)
    return GuardedDoor(clients, public_url, KeySets(fetch_by(transports)), StoredReplayGuard(store))


def _require_keys(client: Client) -> None:
    if client.keys_file is None:
        return
    try:
        keys = public_keys_in(client.keys_file.read_bytes())
    except (OSError, KeySetError) as error:
        raise ClientsFileError(f"client {client.name!r}: keys_file: {error}") from None
    if not keys:
        raise ClientsFileError(f"client {client.name!r}: keys_file holds no key that can verify a signature")
