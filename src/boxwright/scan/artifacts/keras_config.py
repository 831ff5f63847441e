"""What a Keras model runs when it is loaded, by the configuration of its layers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from boxwright.scan.artifacts.found import Found
from boxwright.scan.artifacts.pickle_imports import judge

_MOST = 2 << 20
_HARMLESS = re.compile(
    r"(builtins|keras|tf_keras|keras_core|keras_hub|keras_nlp|keras_cv|tensorflow"
    r"\.keras|tensorflow\.python\.keras)(\.[\w.]{1,200})?"
)
_MOST_NODES = 1_000_000


class KerasConfig:
    """An `ArtifactParser` for the JSON document that describes a model; None comes of others."""

    def __init__(self) -> None:
        self._content = bytearray()
        self.is_over = False
        """Whether nothing of the rest matters."""

    def feed(self, piece: bytes) -> None:
        """Keep *piece*."""
        if len(self._content) + len(piece) > _MOST:
            self.is_over = True
            msg = f"its configuration is longer than {_MOST:,} bytes"
            raise ValueError(msg)
        self._content += piece

    def finish(self) -> Found | None:
        """Return what the document makes."""
        return judged_config(self._content.decode("utf-8", "replace"))


def judged_config(text: str) -> Found | None:
    """
    Return what loading the model that *text* begins with would run; None where it is no model.

    >>> judged_config('{"class_name": "Lambda", "config": {}}').dangerous
    ('keras.Lambda',)
    """
    try:
        document, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        if '"class_name"' not in text:
            return None
        found = Found(role="model", format="keras")
        found.tell("damaged", "its configuration is no JSON")
        found.unknown = ("a configuration that cannot be read",)
        return found
    if not isinstance(document, dict) or "class_name" not in document:
        return None
    dangerous: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for node in _nodes(document):
        name = node.get("class_name")
        if name in ("Lambda", "__lambda__", "TorchModuleWrapper"):
            dangerous[f"keras.{str(name).strip('_').replace('lambda', 'Lambda')}"] = None
        module = node.get("module", node.get("fn_module"))
        if isinstance(module, str) and module and not _HARMLESS.fullmatch(module):
            inner = node.get("config")
            shown = inner if name == "function" and isinstance(inner, str) else name
            path = f"{module}.{shown}" if isinstance(shown, str) else module
            verdict = judge(module, shown if isinstance(shown, str) else "")
            if verdict != "harmless":
                (dangerous if verdict == "dangerous" else unknown)[path[:200]] = None
        elif module == "builtins" and name == "function":
            inner = str(node.get("config"))
            if judge("builtins", inner) == "dangerous":
                dangerous[f"builtins.{inner}"[:200]] = None
    found = Found(
        role="model",
        format="keras",
        dangerous=tuple(dangerous)[:40],
        unknown=tuple(name for name in unknown if name not in dangerous)[:40],
    )
    found.tell("class", document["class_name"])
    return found


def _nodes(document: object) -> Iterator[dict[str, object]]:
    """Yield the objects in *document*, however deep."""
    waiting = [document]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
