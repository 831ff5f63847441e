"""Environment variables are found with their defaults, and credentials are known as such."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected

from boxwright.project.evidence import Evidence
from boxwright.project.facts import Variable


def variables(source: str, **files: str) -> list[tuple[str, str | None, bool, bool]]:
    others: dict[str, str | bytes] = {f"{name}.py": text for name, text in files.items()}
    found = inspected({"main.py": source, **others}).variables
    return [(each.name, each.default, each.is_required, each.is_secret) for each in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os\nx = os.environ['MODEL']", ("MODEL", None, True, False)),
        ("import os\nx = os.environ.get('MODEL')", ("MODEL", None, False, False)),
        ("import os\nx = os.getenv('MODEL', 'small')", ("MODEL", "small", False, False)),
        ("import os\nx = os.getenv('MODEL') or 'small'", ("MODEL", "small", False, False)),
        ("import os\nx = int(os.getenv('SIZE', 3))", ("SIZE", "3", False, False)),
        ("import os\nx = os.getenv('DEBUG', False)", ("DEBUG", "false", False, False)),
        ("from os import environ as e\nx = e['MODEL']", ("MODEL", None, True, False)),
        ("NAME = 'MODEL'\nimport os\nx = os.environ[NAME]", ("MODEL", None, True, False)),
        ("import os\nif 'MODEL' in os.environ:\n    x = os.environ['MODEL']",
         ("MODEL", None, False, False)),
        ("# environ\ndef load(environment):\n    return environment.get('MODEL', 'a')",
         ("MODEL", "a", False, False)),
        ("from decouple import config\nx = config('MODEL', default='a')",
         ("MODEL", "a", False, False)),
        ("from decouple import config\nx = config('MODEL')", ("MODEL", None, True, False)),
        ("from environs import Env\nenv = Env()\nx = env.int('SIZE', 3)",
         ("SIZE", "3", False, False)),
        ("import environ\nenv = environ.Env()\nx = env('API_KEY')", ("API_KEY", None, True, True)),
        ("import typer\ndef f(x: str = typer.Option('a', envvar='MODEL')): ...",
         ("MODEL", "a", False, False)),
        ("import click\n@click.option('--x', envvar='MODEL', required=True)\ndef f(x): ...",
         ("MODEL", None, True, False)),
        ("from dotenv import dotenv_values\nc = dotenv_values('.env')\nx = c['MODEL']",
         ("MODEL", None, True, False)),
        ("import os\nx = os.environ.get('HF_TOKEN', 'hf_secret')", ("HF_TOKEN", None, False, True)),
        ("import os\nx = os.getenv('URL', 'redis://:pw@redis')",
         ("URL", "redis://redis", False, False)),
        ("import os\nx = os.getenv('MAX_TOKENS', '5')", ("MAX_TOKENS", "5", False, False)),
    ],
)  # fmt: skip
def test_a_variable_is_found(source: str, expected: tuple[str, str | None, bool, bool]) -> None:
    assert variables(f"{source}\n") == [expected]


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['MODEL'] = 'x'",
        "import os\nos.environ.setdefault('MODEL', 'x')\ny = os.environ['MODEL']",
        "import os\nx = os.environ['HOME'], os.environ['LOCAL_RANK'], os.environ['PYTHONPATH']",
        "# environ\nx = {}.get('MODEL')",
    ],
)
def test_what_nobody_has_to_set_is_none(source: str) -> None:
    assert variables(f"{source}\n") == []


def test_a_file_with_a_credential_is_known() -> None:
    found = inspected({"main.py": "import os\nx = os.environ['DB_PASSWORD_FILE']\n"}).variables

    assert found == (
        Variable(
            name="DB_PASSWORD_FILE",
            evidence=Evidence("main.py", 2, "environ['DB_PASSWORD_FILE']"),
            is_required=True,
            is_secret=True,
            is_file=True,
        ),
    )


def test_fields_of_settings_classes_are_variables() -> None:
    source = """
        from typing import ClassVar
        from pydantic import BaseModel, Field, SecretStr
        from pydantic_settings import BaseSettings, SettingsConfigDict

        class Cache(BaseModel):
            size: int = 10
            login: SecretStr

        class Base(BaseSettings):
            model_config = SettingsConfigDict(env_prefix="APP_", env_nested_delimiter="__")

        class Settings(Base):
            kind: ClassVar[str] = "x"
            name: str
            port: int = 8000
            folder: str = Field(default="models", description="x")
            must: str = Field(...)
            other: str = Field("a", validation_alias="OTHER_NAME")
            login: SecretStr
            cache: Cache = Cache()
    """

    assert variables(source) == [
        ("APP_CACHE__LOGIN", None, True, True),
        ("APP_CACHE__SIZE", "10", False, False),
        ("APP_FOLDER", "models", False, False),
        ("APP_LOGIN", None, True, True),
        ("APP_MUST", None, True, False),
        ("APP_NAME", None, True, False),
        ("APP_PORT", "8000", False, False),
        ("OTHER_NAME", "a", False, False),
    ]


def test_settings_of_the_first_pydantic_are_read_too() -> None:
    source = """
        from typing import Optional
        from pydantic import BaseSettings
        class Settings(BaseSettings):
            key: Optional[str]
            name: str = "x"
            class Config:
                env_prefix = "OLD_"
    """

    assert variables(source) == [
        ("OLD_KEY", None, False, False),
        ("OLD_NAME", "x", False, False),
    ]


def test_one_place_that_requires_it_is_enough() -> None:
    read = "import os\nx = os.getenv('MODEL', 'a')\n"

    assert variables(read, other="import os\nx = os.environ['MODEL']\n") == [
        ("MODEL", "a", True, False)
    ]


def test_tests_and_examples_read_nothing_that_counts() -> None:
    read = "import os\nx = os.environ['MODEL']\n"
    found = inspected({"main.py": "", "examples/a.py": read, "pkg/tests/b.py": read})

    assert found.variables == ()
