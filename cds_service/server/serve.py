"""The production server: gunicorn with threads, started from this package's command."""

import ctypes
import gc
import os
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from cds_service.answering.pipeline import Circumstances
from cds_service.answering.warm_up import warm_up
from cds_service.app import create_app
from cds_service.endpoints.service import service_in
from cds_service.errors import StoreUnavailableError
from cds_service.health.shared_counters import forget_worker, shared_counters
from cds_service.logs import configure_logs
from cds_service.memory.hash_keys import HashKeysError
from cds_service.memory.store import Store
from cds_service.net.web_addresses import is_loopback_name
from cds_service.server.log import ServerLog
from cds_service.server.worker import Worker
from cds_service.settings import Settings

log = structlog.get_logger()

_KEEP_ALIVE_S = 15
_FREED_BEFORE_COLLECTING = 50_000
_M_MMAP_THRESHOLD = -3  # malloc.h
_M_ARENA_MAX = -8
_ARENAS = 2
_LARGE = 1024 * 1024


class OpenBindError(ValueError):
    """Every client would be served, from everywhere, without proving who it is."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """gunicorn, configured only by the service's settings: no files, no environment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Hand the service's settings to gunicorn."""
        for name, value in _configuration(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made once before the workers are forked."""
        app = create_app(self._settings)
        _migrate(service_in(app).store)
        tune_collector()
        give_back_large_blocks()
        return app


def serve(settings: Settings, *, is_insecure: bool = False) -> None:
    """Answer requests until stopped.

    Raises OpenBindError for an address that others can reach while callers need not authenticate,
    unless `is_insecure`; ClientsFileError for clients whose keys cannot be read; DatabaseUrlError and
    HashKeysError for a memory that cannot be used as it is set up.
    """
    if settings.clients is None and not is_insecure and not is_loopback_name(settings.host):
        raise OpenBindError(
            f"{settings.host} can be reached by others, and nobody has to prove who it is: name the clients "
            "with --clients, bind 127.0.0.1 behind a proxy that authenticates, or pass --insecure"
        )
    configure_logs(settings.log_level)  # what fails while it warms up is logged like the rest
    gc.disable()  # all that is loaded until `tune_collector` stays: looking through it takes a quarter of a second
    try:
        warm_up(Circumstances(settings.site_policy, settings.knowledge))
        with shared_counters(settings.workers):
            Server(settings).run()
    finally:
        gc.enable()  # where it could not start


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "bind": [f"{settings.host}:{settings.port}"],
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": Worker,
        "timeout": settings.timeout_s,
        "graceful_timeout": settings.timeout_s,
        "keepalive": _KEEP_ALIVE_S,
        "preload_app": True,
        # gthread can leave all kept-alive connections with one worker; the kernel spreads them.
        "reuse_port": settings.workers > 1,
        "proc_name": "thiopurine-cds",
        "loglevel": "warning",
        "logger_class": ServerLog,
        "control_socket_disable": True,
        "when_ready": lambda _arbiter: forget_worker(os.getpid()),  # it answers nothing itself
        "post_worker_init": _start_watch,
        "worker_exit": _finish_records,
        "child_exit": lambda _arbiter, worker: forget_worker(worker.pid),
    }


def tune_collector() -> None:
    """Objects loaded at start stay; collecting them again for each large request costs milliseconds."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(_FREED_BEFORE_COLLECTING)


def give_back_large_blocks() -> None:
    """Return bodies to the system as soon as they are freed: by default glibc keeps the memory of dozens of calls.

    Threads share heaps too, instead of each leaving gaps in one: they take turns at the interpreter anyway.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_ARENA_MAX, _ARENAS)


def _start_watch(worker: Any) -> None:  # noqa: ANN401 -- gunicorn is not typed
    """Each worker watches itself: a fault in one need not occur in another."""
    service_in(worker.wsgi).watch.start()


def _finish_records(_arbiter: object, worker: Any) -> None:  # noqa: ANN401 -- gunicorn is not typed
    """Waiting records are written before the worker exits."""
    service_in(worker.wsgi).recorder.close()
    service_in(worker.wsgi).spans.stop()


def _migrate(store: Store) -> None:
    """Bring the database up to date before the first request; if it is down, it is migrated when it is back."""
    try:
        store.migrate()
    except HashKeysError:
        raise  # it does not mend itself
    except StoreUnavailableError as error:
        log.warning("database_down_at_start", why=error.message)
