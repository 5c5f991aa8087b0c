# ruff: noqa: INP001 - a folder for PYTHONPATH, no package
"""Python runs it at its start, where this folder is in PYTHONPATH: each request that boto makes is written to a file.

A request is noted as the module asked for it, before botocore looks at it or sends it: one JSON object a line.
"""

import importlib.abc
import importlib.machinery
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


class _Finder(importlib.abc.MetaPathFinder):
    """Notices when botocore's client is imported; before that nothing is slowed down."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:  # noqa: ANN401, ARG002 - as Python calls it
        """Have the module changed once it's loaded."""
        if name != "botocore.client":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def load_and_change(module: ModuleType) -> None:
                load(module)
                _note_all(module)

            spec.loader.exec_module = load_and_change  # type: ignore[method-assign]
        return spec


def _note_all(client: ModuleType) -> None:
    """Have a client write down what it is asked for."""
    base = client.BaseClient
    ask = base._make_api_call  # noqa: SLF001 - no event of botocore's comes before it checks

    def note(self: Any, operation: str, wanted: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore has no types
        said = {"service": self.meta.service_model.service_name, "operation": operation, "wanted": wanted}
        with Path(os.environ["SLIPWAY_REQUESTS"]).open("a", encoding="utf-8") as log:
            log.write(json.dumps(said, default=str) + "\n")
        return ask(self, operation, wanted)

    base._make_api_call = note  # noqa: SLF001


if os.environ.get("SLIPWAY_REQUESTS"):
    sys.meta_path.insert(0, _Finder())
