"""The one JSON text for a value, so that equal values have equal digests."""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 (JSON is any of many types)
    """
    Return *value* as JSON: keys sorted, no white space, UTF-8.

    >>> canonical_json({"b": 1, "a": ["é"]}).decode()
    '{"a":["é"],"b":1}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
