"""Options and operands."""

from __future__ import annotations

from tests.practices.programs.scripts import command

from boxwright.practices.programs.arguments import Arguments, parse_arguments


def parsed(script: str, letters: str = "", names: str = "") -> Arguments:
    return parse_arguments(command(script).arguments, letters, names)


def test_letters_in_one_word_are_options_of_their_own() -> None:
    arguments = parsed("curl -fsSLo file url", "o")

    assert [option.name for option in arguments.options] == ["-f", "-s", "-S", "-L", "-o"]
    assert arguments.text("-o") == "file"
    assert [word.value for word in arguments.operands] == ["url"]


def test_value_may_stick_to_its_letter_or_stand_behind_an_equals_sign() -> None:
    arguments = parsed("x -ofile --name=a=b --quiet", "o", "name")

    assert (arguments.text("-o"), arguments.text("--name")) == ("file", "a=b")
    assert arguments.value("--quiet") is None
    assert arguments.has("--quiet")


def test_value_knows_where_it_is() -> None:
    script = "pip install --index-url='https://a' -ix"
    arguments = parsed(script, "i", "index-url")

    spans = [option.value.span for option in arguments.options if option.value]
    assert [script[start:end] for start, end in spans] == ["'https://a'", "x"]


def test_everything_behind_two_hyphens_is_an_operand() -> None:
    assert [word.value for word in parsed("rm -- -x y").operands] == ["-x", "y"]


def test_option_without_its_value_has_none() -> None:
    assert parsed("x --name", "", "name").value("--name") is None
    assert parsed("x -o", "o").value("-o") is None


def test_last_option_counts() -> None:
    assert parsed("x --name a --name b", "", "name").text("--name") == "b"
