"""Counts the words of the lines on standard input; writes `data/counts.json`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


def main() -> None:
    """Count and write."""
    counts = Counter(word for line in sys.stdin for word in line.lower().split())
    target = Path(__file__).with_name("data") / "counts.json"
    target.write_text(json.dumps(dict(sorted(counts.items()))), "utf-8")


if __name__ == "__main__":
    main()
