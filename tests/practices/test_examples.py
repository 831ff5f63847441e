from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.practices.examples import Example, examples

from boxwright.findings.finding import Severity
from boxwright.practices.rule import Problem, Rule

PAGE = """
A summary.

```dockerfile
FROM before-all-headings
```

Bad:

```dockerfile
FROM a
```

With the files around it:

```text title="data/train.csv (1.5 GB)"
```

```text title=".dockerignore"
*.md
```

```dockerfile
FROM b
COPY . .
```

Good:

```yaml
apiVersion: v1
```

```yaml
services: {}
```

```dockerignore
*
```

## When it is fine

```dockerfile
FROM no-example
```
"""


def rule_with(page: str, area: str = "dockerfile") -> Rule[object]:
    class Made(Rule[object]):
        @property
        def page(self) -> str:
            return page

    def finds_nothing(_subject: object) -> Iterable[Problem]:
        return ()

    return Made(
        name="made-up",
        area=area,
        module=__name__,
        subjects=(object,),
        severity=Severity.INFO,
        default=True,
        options={},
        function=finds_nothing,
    )


def test_an_untitled_block_is_an_example_with_the_titled_ones_before_it() -> None:
    first, second = examples(rule_with(PAGE), "Bad")

    assert first == Example("Dockerfile", "FROM a\n", {"Dockerfile": b"FROM a\n"}, {})
    assert second == Example(
        "Dockerfile",
        "FROM b\nCOPY . .\n",
        {"data/train.csv": b"", ".dockerignore": b"*.md\n", "Dockerfile": b"FROM b\nCOPY . .\n"},
        {"data/train.csv": 1_500_000_000},
    )
    assert second.tree.size("data/train.csv") == 1_500_000_000


def test_the_language_tells_which_file_is_judged() -> None:
    paths = [example.path for example in examples(rule_with(PAGE), "Good")]

    assert paths == ["deployment.yaml", "compose.yaml", ".dockerignore"]


@pytest.mark.parametrize(
    ("text", "path"),
    [("on: push\njobs: {}\n", ".github/workflows/ci.yml"), ("test:\n", ".gitlab-ci.yml")],
)
def test_in_the_area_of_workflows_yaml_is_a_workflow(text: str, path: str) -> None:
    rule = rule_with(f"Bad:\n\n```yaml\n{text}```\n", "workflow")

    assert [example.path for example in examples(rule, "Bad")] == [path]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ('Bad:\n\n```text title="a"\n```\n', "made-up: nothing follows the files"),
        ("Bad:\n\n```dockerfile\nFROM a\n", "the block that begins with '```dockerfile'"),
        ("Bad:\n\n```python\n```\n", "no file is judged in the language 'python'"),
    ],
)
def test_a_page_that_cannot_be_judged_is_an_error(page: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        examples(rule_with(page), "Bad")
