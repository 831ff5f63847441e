"""
Compose does not know a key.

It refuses the whole file then: `additional properties 'enviroment' not allowed`.
Other readers of the format ignore the key instead, and the service runs without what it says.

Bad:

```yaml
services:
  api:
    image: example/api:1.4
    enviroment:
      LOG_LEVEL: info
```

```yaml
services:
  api:
    image: example/api:1.4
    memory: 4G
```

Good:

```yaml
x-defaults: &defaults
  restart: unless-stopped
services:
  api:
    <<: *defaults
    image: example/api:1.4
    environment:
      LOG_LEVEL: info
    deploy:
      resources:
        limits:
          memory: 4G
```

## When it is fine

Keys that begin with `x-` are for whoever wants them.
The keys are those of the Compose specification; one that is newer than this list is known by nobody else either for a while, and can be suppressed.

## Fix

A key that is like one that is known is renamed. Unsafe: another one may have been meant.

## Equivalents

None.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.rule import Problem, rule
from boxwright.syntax.yaml.compose_keys import UnknownKey, unknown_keys
from boxwright.syntax.yaml.node import Mapping, Node, Sequence
from boxwright.text.edit import Edit


@rule(ComposeFile, severity=Severity.ERROR)
def unknown_compose_key(file: ComposeFile) -> Iterator[Problem]:
    unknown = unknown_keys(file.compose.root)
    places = _places(file.compose.root) if any(it.suggestion for it in unknown) else {}
    for found in unknown:
        key = found.pair.key
        if key.text == "<<":
            continue
        shown = "".join(it for it in key.text[:60] if it.isprintable() and it != "`")
        message = f"Compose knows no key `{shown}` {_where(found.place)}"
        if found.suggestion:
            message += f", only `{found.suggestion}`"
        elif found.place == "services.*":
            known = next((it for it in found.known_in if it.startswith(found.place)), "")
            message += f", only {_where(known)}" if known else ""
        yield Problem(message, key.span, _fix(found, places.get(id(key))))


def _where(place: str) -> str:
    first, _, rest = place.partition(".")
    if not place:
        return "at the top level"
    name = rest.removesuffix(".[]").rpartition(".")[2]
    if name == "*":
        inner = rest.removesuffix(".*").rpartition(".")[2]
        what = {"services": "a service", "networks": "a network", "volumes": "a volume"}
        is_top = rest == "*"
        return f"in {what.get(first, f'`{first}`')}" if is_top else f"in `{inner}`"
    return f"in `{name}`" if name and name != "[]" else f"in `{first}`"


def _fix(found: UnknownKey, place: tuple[str, Mapping] | None) -> Fix | None:
    key = found.pair.key
    if place is None or not found.suggestion or key.anchor or key.tag:
        return None
    path, mapping = place
    if mapping.pair(found.suggestion) is not None:
        return None
    above = path.removesuffix(key.text)
    return Fix(
        f"Rename it to `{found.suggestion}`",
        (Edit(key.content_start, key.end, found.suggestion),),
        Applicability.UNSAFE,
        (path, f"{above}{found.suggestion}"),
    )


def _places(root: Node | None) -> dict[int, tuple[str, Mapping]]:
    """Return the path and the mapping of each key that no alias shares."""
    found: dict[int, tuple[str, Mapping]] = {}
    waiting: list[tuple[Node, str]] = [] if root is None else [(root, "")]
    seen = set()
    while waiting:
        node, path = waiting.pop()
        if id(node) in seen or node.is_shared:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            for pair in node.pairs:
                place = f"{path}.{pair.key.text}" if path else pair.key.text
                found[id(pair.key)] = (place, node)
                waiting.append((pair.value, place))
        elif isinstance(node, Sequence):
            waiting += [(item, f"{path}.{at}") for at, item in enumerate(node.items)]
    return found
