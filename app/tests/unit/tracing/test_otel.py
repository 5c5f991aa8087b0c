from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from mailroom.release import current_release
from mailroom.tracing.otel import OtelTracer
from mailroom.tracing.tracer import NoTracer, Side, open_tracer, traceparent_in_hand

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
Spans = Callable[[], list[ReadableSpan]]


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Iterator[OtelTracer]:
    tracer = OtelTracer(exporter, "web")
    yield tracer
    tracer.close()


@pytest.fixture
def spans(tracer: OtelTracer, exporter: InMemorySpanExporter) -> Spans:
    """Hand over what is left and return all spans, in the order in which they ended."""

    def spans() -> list[ReadableSpan]:
        tracer._provider.force_flush()  # noqa: SLF001 - what closing does, without the end
        return list(exporter.get_finished_spans())

    return spans


def test_a_span_has_a_name_a_side_and_attributes(tracer: OtelTracer, spans: Spans) -> None:
    with tracer.span("GET /x", Side.SERVER, {"a": 1}) as note:
        note("b", "later")

    (span,) = spans()
    assert (span.name, span.kind, dict(span.attributes or {})) == ("GET /x", SpanKind.SERVER, {"a": 1, "b": "later"})
    assert span.resource.attributes["service.name"] == "mailroom-web"
    assert span.resource.attributes["service.version"] == current_release()


def test_spans_are_below_the_one_in_hand(tracer: OtelTracer, spans: Spans) -> None:
    with tracer.span("outer", Side.CONSUMER, {}), tracer.span("inner", Side.CLIENT, {}):
        pass

    inner, outer = spans()
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id


def test_a_span_is_below_its_parent_elsewhere(tracer: OtelTracer, spans: Spans) -> None:
    with tracer.span("deliver", Side.CONSUMER, {}, PARENT):
        pass

    (span,) = spans()
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}-{span.parent.span_id:016x}" == PARENT[3:52]


@pytest.mark.parametrize("parent", ["", "nonsense", "00-0-0-00"])
def test_a_parent_that_is_none_begins_a_new_trace(tracer: OtelTracer, spans: Spans, parent: str) -> None:
    with tracer.span("deliver", Side.CONSUMER, {}, parent):
        pass

    (span,) = spans()
    assert span.parent is None


def test_what_is_in_hand_can_be_carried_on_and_ends_with_the_span(tracer: OtelTracer) -> None:
    assert (tracer.traces(), traceparent_in_hand.get()) == (False, None)
    with tracer.span("x", Side.SERVER, {}, PARENT):
        carried = traceparent_in_hand.get()
        assert tracer.traces()

    assert carried is not None
    assert carried.startswith(PARENT[:35])
    assert (tracer.traces(), traceparent_in_hand.get()) == (False, None)


def test_an_error_is_noted_by_its_name_and_never_by_its_text(tracer: OtelTracer, spans: Spans) -> None:
    with pytest.raises(ValueError, match="ann@example"), tracer.span("x", Side.CLIENT, {}):
        raise ValueError("ann@example.com")

    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {}) == {"error.type": "ValueError"}
    assert "ann@example.com" not in span.to_json()


def test_without_an_endpoint_nothing_is_traced() -> None:
    tracer = open_tracer(None, "web")

    assert isinstance(tracer, NoTracer)
    with tracer.span("x", Side.SERVER, {}) as note:
        note("a", 1)
        assert (tracer.traces(), traceparent_in_hand.get()) == (False, None)
    tracer.close()


def test_with_an_endpoint_opentelemetry_traces() -> None:
    tracer = open_tracer("http://127.0.0.1:9/", "web")

    assert isinstance(tracer, OtelTracer)
    tracer.close()
