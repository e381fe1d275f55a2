"""OpenTelemetry traces: where a request spent its time. Imported only if THIOPURINE_CDS_TRACES_URL is set."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, g, request
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from cards.knowledge.knowledge import Knowledge
from cds_service.memory.versions import knowledge_version, software_version

_FAULT = 500  # the lowest status that is the service's fault
_TRACED = "thiopurine_cds.traced"


class OpenTelemetrySpans:
    """Spans that go to an OpenTelemetry processor.

    A trace begins here: a client's own trace headers are not read, and FHIR servers are sent none.
    """

    def __init__(self, processor: SpanProcessor, knowledge: Knowledge) -> None:
        resource = Resource.create(
            {
                "service.name": "thiopurine-cds",
                "service.version": software_version(),
                "thiopurine_cds.knowledge": knowledge_version(knowledge),
            }
        )
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("thiopurine-cds", software_version())

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """A span around the block. Only the kind of an exception is kept: its message may name a patient."""
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def about(self, **attributes: str | int) -> None:
        """Add attributes to the open span."""
        trace.get_current_span().set_attributes(
            {f"thiopurine_cds.{name}": value for name, value in attributes.items()}
        )

    def trace_requests(self, app: Flask) -> None:
        """A span around each hook call, from the first byte read to the last byte written."""

        @app.before_request
        def begin() -> None:
            if request.endpoint == "hooks.call_service" and request.method == "POST":
                span = self._tracer.start_span("hook", kind=trace.SpanKind.SERVER)
                g.setdefault(_TRACED, (span, context.attach(trace.set_span_in_context(span))))

        @app.after_request
        def tell(response: Response) -> Response:
            if _TRACED in g:
                span = g.get(_TRACED)[0]
                span.set_attribute("http.response.status_code", response.status_code)
                if response.status_code >= _FAULT:
                    span.set_status(Status(StatusCode.ERROR))
            return response

        @app.teardown_request
        def end(_: BaseException | None) -> None:
            if _TRACED in g:
                span, token = g.pop(_TRACED)
                context.detach(token)
                span.end()

    def stop(self) -> None:
        """Send the waiting spans."""
        self._provider.shutdown()


def sent_to(url: str, knowledge: Knowledge) -> OpenTelemetrySpans:
    """Spans that are sent in batches, off the request path, to the OTLP/HTTP address of a collector."""
    return OpenTelemetrySpans(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)), knowledge)
