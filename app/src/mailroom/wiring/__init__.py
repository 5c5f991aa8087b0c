"""How settings become services: the only place that knows all parts, each by its own module."""
