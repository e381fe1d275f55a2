"""One Transport for each client: connections, networks and authorities are never shared between clients."""

import threading

from cds_service.access.clients import Client
from cds_service.net.transport import Transport


class ClientTransports:
    """The Transports of one process, each made when its client first needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_name: dict[str, Transport] = {}

    def of(self, client: Client) -> Transport:
        """The client's own Transport."""
        with self._lock:
            if client.name not in self._by_name:
                self._by_name[client.name] = Transport(client.networks, client.ca_file)
            return self._by_name[client.name]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for transport in self._by_name.values():
                transport.close()
