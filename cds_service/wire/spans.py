"""Spans of a trace as the rest of the service knows them; off unless traces are asked for."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

_NOTHING: AbstractContextManager[None] = nullcontext()


class Spans(Protocol):
    """Where spans go. Attributes never hold patient data."""

    def span(self, name: str) -> AbstractContextManager[None]:
        """A span around the block."""

    def about(self, **attributes: str | int) -> None:
        """Add attributes to the open span."""

    def stop(self) -> None:
        """Send the waiting spans."""


class NoSpans:
    """Nothing is kept, and nothing is made."""

    def span(self, name: str) -> AbstractContextManager[None]:
        """Nothing."""
        return _NOTHING

    def about(self, **attributes: str | int) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""


NO_SPANS: Spans = NoSpans()
