"""OpenTelemetry: the only module that loads it, and only where an endpoint is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from mailroom.release import current_release
from mailroom.tracing.tracer import Attributes, Note, Side, traceparent_in_hand

_KINDS = {Side.SERVER: SpanKind.SERVER, Side.CLIENT: SpanKind.CLIENT, Side.CONSUMER: SpanKind.CONSUMER}
# A collector that is away shall not hold up the end of a process.
_EXPORT_SECONDS = 3
_HEADER = "traceparent"


class OtelTracer:
    """Makes OpenTelemetry's spans."""

    def __init__(self, exporter: SpanExporter, component: str) -> None:
        resource = Resource.create({"service.name": f"mailroom-{component}", "service.version": current_release()})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("mailroom", current_release())
        self._propagator = TraceContextTextMapPropagator()

    def span(
        self, name: str, side: Side, attributes: Attributes, parent: str | None = None
    ) -> AbstractContextManager[Note]:
        """Open a span, below `parent` (a traceparent) or the span in hand. An error that leaves it is noted by name."""
        return self._span(name, side, attributes, parent)

    def traces(self) -> bool:
        """Whether a span is in hand, below which another makes sense."""
        return trace.get_current_span().get_span_context().is_valid

    def close(self) -> None:
        """Hand over what is left, for a few seconds at most."""
        self._provider.shutdown()

    @contextmanager
    def _span(self, name: str, side: Side, attributes: Attributes, parent: str | None) -> Iterator[Note]:
        above = self._propagator.extract({_HEADER: parent}) if parent else None
        # What OpenTelemetry notes of an error by itself holds its text, which may name addresses.
        with self._tracer.start_as_current_span(
            name,
            context=above,
            kind=_KINDS[side],
            attributes=dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            carried: dict[str, str] = {}
            self._propagator.inject(carried)
            before = traceparent_in_hand.set(carried.get(_HEADER))
            try:
                yield span.set_attribute
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise
            finally:
                traceparent_in_hand.reset(before)


def otel_tracer(endpoint: str, component: str) -> OtelTracer:
    """Return a tracer that sends by OTLP over HTTP. The SDK's own OTEL_* say the rest, such as the sampler."""
    return OtelTracer(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS), component)
