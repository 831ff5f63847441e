"""The plot docs/benchmarks.svg: bars of seconds, on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from cases import CASES
from results import BOXWRIGHT, CODE, COLD, CONTENDERS, DEPENDENCY, DOCKER, UNCHANGED, UV, Results

LEAST, MOST = 0.02, 300.0
TICKS = (0.1, 1, 10, 100)
WIDTH, LEFT, RIGHT = 860, 190, 90
BAR, GAP, GROUP_GAP = 14, 2, 14
LABELS = {
    COLD: "cold",
    DEPENDENCY: "dependency changed",
    CODE: "one line changed",
    UNCHANGED: "nothing changed",
}
NAMES = {BOXWRIGHT: "boxwright", DOCKER: "docker build + push", UV: "uv + tar + pigz"}

# The colours are told apart by those who see few of them, and on light and dark alike; the
# plot brings its own background, so that it does not depend on the page's.
STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.small { font-size: 12px; }
.page { fill: #ffffff; }
.grid { stroke: #d0d7de; stroke-width: 1; }
.boxwright { fill: #0072b2; }
.docker { fill: #d55e00; }
.uv { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .page { fill: #0d1117; }
  .grid { stroke: #30363d; }
  .boxwright { fill: #56b4e9; }
  .docker { fill: #e69f00; }
  .uv { fill: #8b949e; }
}
"""


def draw(results: list[Results]) -> str:
    """Return the plot of *results*."""
    y = 66
    body: list[str] = []
    for one in results:
        for bytecode in one.modes():
            panel, y = _panel(one, bytecode=bytecode, top=y)
            body += panel
    height = y + 8
    title = "Seconds until the compressed image is ready (logarithmic scale, shorter is better)"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"',
        f' width="{WIDTH}" height="{height}" aria-label="{title}">',
        f"<title>{title}</title>",
        f"<style>\n{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text class="title" x="16" y="26">{title}</text>',
        *_legend(),
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _legend() -> Iterator[str]:
    x = 16
    for contender in CONTENDERS:
        yield f'<rect class="{contender}" x="{x}" y="38" width="12" height="12" rx="2"/>'
        yield f'<text class="small" x="{x + 18}" y="48">{NAMES[contender]}</text>'
        x += 170


def _panel(one: Results, *, bytecode: bool, top: int) -> tuple[list[str], int]:
    """Return the bars of one case, and where the next panel begins."""
    mode = "with byte code" if bytecode else "without byte code"
    case = CASES[one.case]
    heading = f"{case.title}, {one.wheels} wheels ({one.wheel_bytes / 1e6:.0f} MB), {mode}"
    lines = [f'<text class="title" x="16" y="{top + 16}">{escape(heading)}</text>']
    y = top + 30
    bars: list[str] = []
    first = y
    for scenario, label in LABELS.items():
        shown = [
            (contender, spread.median)
            for contender in CONTENDERS
            if (spread := one.spread(contender, scenario, bytecode=bytecode))
        ]
        if not shown:
            continue
        middle = y + len(shown) * (BAR + GAP) / 2 + 4
        bars.append(
            f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">{escape(label)}</text>'
        )
        for contender, seconds in shown:
            end = _x(seconds)
            bars.append(
                f'<rect class="{contender}" x="{LEFT}" y="{y}"'
                f' width="{max(end - LEFT, 2):.1f}" height="{BAR}" rx="2"/>'
            )
            bars.append(
                f'<text class="small" x="{end + 6:.1f}" y="{y + BAR - 3}">{_text(seconds)}</text>'
            )
            y += BAR + GAP
        y += GROUP_GAP
    last = y - GROUP_GAP + 4
    for tick in TICKS:
        x = f"{_x(tick):.1f}"
        lines.append(f'<line class="grid" x1="{x}" y1="{first - 4}" x2="{x}" y2="{last}"/>')
        lines.append(
            f'<text class="small" x="{x}" y="{last + 14}" text-anchor="middle">{tick:g} s</text>'
        )
    return [*lines, *bars], last + 32


def _x(seconds: float) -> float:
    share = math.log(max(seconds, LEAST) / LEAST) / math.log(MOST / LEAST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _text(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.0f} s"
