import pytest

from boxwright.syntax.dockerfile.instructions import Dockerfile, Onbuild, User
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.syntax.dockerfile.scopes import PLATFORM_ARGUMENTS, Scopes, environment_at
from boxwright.text.source import Source


def parsed(text: str) -> Dockerfile:
    return parse_dockerfile(Source("Dockerfile", text))


def seen(text: str) -> dict[str, tuple[str | None, str]]:
    """Return what the last instruction sees."""
    environment = environment_at(parsed(text).instructions[-1])
    return {name: (value.value, value.kind) for name, value in environment.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("FROM scratch\nENV a=1\nRUN x", {"a": ("1", "env")}, id="env"),
        pytest.param("FROM scratch\nRUN x\nENV a=1", {}, id="not yet"),
        pytest.param(
            "FROM scratch\nENV a=1\nENV a=2 b=$a\nRUN x",
            {"a": ("2", "env"), "b": ("1", "env")},
            id="a line does not see itself",
        ),
        pytest.param(
            "FROM scratch\nARG a=1 b=$a\nRUN x",
            {"a": ("1", "arg"), "b": ("1", "arg")},
            id="an ARG sees those before it",
        ),
        pytest.param(
            "FROM scratch\nARG a=1\nENV a=2\nRUN x", {"a": ("2", "env")}, id="ENV over ARG"
        ),
        pytest.param(
            "FROM scratch\nENV a=2\nARG a\nRUN x",
            {"a": ("2", "env")},
            id="an ARG without default leaves ENV",
        ),
        pytest.param(
            "FROM scratch\nENV a=2\nARG a=1\nRUN x",
            {"a": ("1", "arg")},
            id="BuildKit takes what comes last",
        ),
        pytest.param("ARG a=1\nFROM scratch\nRUN x", {}, id="a global is not seen in a stage"),
        pytest.param(
            "ARG a=1\nFROM scratch\nARG a\nRUN x",
            {"a": ("1", "global")},
            id="unless it is declared once more",
        ),
        pytest.param(
            "ARG a=1\nFROM scratch\nARG a=2\nRUN x", {"a": ("2", "arg")}, id="with a default"
        ),
        pytest.param(
            "ARG a\nFROM scratch\nARG a\nRUN x", {"a": (None, "global")}, id="without any default"
        ),
        pytest.param("FROM scratch\nARG a\nRUN x", {"a": (None, "arg")}, id="not known"),
        pytest.param(
            "FROM scratch\nARG TARGETARCH\nENV b=$TARGETARCH c=${TARGETARCH:-d}\nRUN x",
            {
                "TARGETARCH": (None, "predefined"),
                "b": (None, "env"),
                "c": (None, "env"),
            },
            id="platforms need an ARG",
        ),
        pytest.param(
            "FROM scratch\nARG a\nENV b=${a:-c} d=$a\nRUN x",
            {"a": (None, "arg"), "b": ("c", "env"), "d": (None, "env")},
            id="a default for what may be given",
        ),
        pytest.param(
            "FROM scratch AS s\nARG a=1\nENV b=2\nFROM t\nENV c=3\nFROM s\nENV b=4\nRUN x",
            {"a": ("1", "arg"), "b": ("4", "env")},
            id="a stage has what its base has",
        ),
        pytest.param(
            "FROM scratch AS s\nENV b=2\nFROM s\nRUN x\nFROM s\nENV b=4\nFROM s\nRUN x",
            {"b": ("2", "env")},
            id="but not what other stages have",
        ),
        pytest.param(
            "FROM scratch\nENV PATH=/a:$PATH\nRUN x", {"PATH": ("/a:", "env")}, id="nothing below"
        ),
        pytest.param(
            "FROM a\nENV PATH=/a:$PATH X=${Y:-1}\nRUN x",
            {"PATH": (None, "env"), "X": (None, "env")},
            id="not known what is below",
        ),
        pytest.param(
            "FROM a\nENV $b=1 c=2\nRUN x", {"$b": ("1", "env"), "c": ("2", "env")}, id="$"
        ),
    ],
)
def test_an_instruction_sees(text, expected) -> None:
    assert seen(text) == expected


def test_a_from_sees_the_globals_and_the_platforms() -> None:
    text = "ARG a=1\nARG b=${a}2 c\nFROM x\nENV d=1\nARG a=3\nFROM y"

    assert seen(text) == {
        **dict.fromkeys(PLATFORM_ARGUMENTS, (None, "predefined")),
        "a": ("1", "global"),
        "b": ("12", "global"),
        "c": (None, "global"),
    }


def test_a_trigger_sees_what_its_onbuild_does() -> None:
    dockerfile = parsed("FROM scratch\nENV a=1\nONBUILD RUN x\nENV a=2\n")
    (onbuild,) = dockerfile.of(Onbuild)

    assert onbuild.instruction is not None
    assert environment_at(onbuild.instruction)["a"].value == "1"


def test_what_the_image_below_sets_may_be_told() -> None:
    dockerfile = parsed(
        "FROM a AS b\nENV PATH=/x:$PATH\nENV HOME=/y Z=$NONE\nUSER c\nFROM b\nUSER d"
    )
    scopes = Scopes(dockerfile, lambda _: {"PATH": "/bin", "LANG": "C"})

    for user in dockerfile.of(User):
        environment = scopes.environment_at(user)
        assert {name: value.value for name, value in environment.items()} == {
            "PATH": "/x:/bin",
            "LANG": "C",
            "HOME": "/y",
            "Z": "",
        }
        assert scopes.expand("$LANG-$HOME-$NONE", user).value == "C-/y-"


def test_the_environment_of_an_image_has_no_arguments() -> None:
    dockerfile = parsed("FROM a AS b\nENV a=1 b=2\nARG a=3 c=4\nFROM b\nENV b=5\nARG d=6\n")
    scopes = Scopes(dockerfile, lambda _: {"b": "0", "e": "7"})

    assert {
        name: value.value for name, value in scopes.image_environment(dockerfile.stages[1]).items()
    } == {"a": "1", "b": "5", "e": "7"}
    assert {
        name: value.value for name, value in scopes.environment_of(dockerfile.stages[1]).items()
    } == {"a": "3", "b": "5", "c": "4", "d": "6", "e": "7"}


def test_values_that_double_with_every_line_do_no_harm() -> None:
    text = "FROM scratch\nENV a=xxxxxxxx\n" + "ENV a=$a$a\n" * 60 + "RUN x"

    assert seen(text) == {"a": (None, "env")}
