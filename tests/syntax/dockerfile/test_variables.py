import pytest

from boxwright.syntax.dockerfile.variables import (
    Expanded,
    VariableUse,
    expand,
    unquoted,
    variables,
)

VALUES = {"v": "a.b/c.d", "e": "", "unknown": None, "space": "x  y", "ü1_": "z"}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("plain", "plain"),
        ("$v", "a.b/c.d"),
        ("${v}", "a.b/c.d"),
        ("<$v>", "<a.b/c.d>"),
        ("$v$v", "a.b/c.da.b/c.d"),
        ("$vv", ""),
        ("$ü1_!", "z!"),
        ("$1v ${12}", "v "),
        ("$? $@v ${#}", " v "),
        ("$. $", "$. $"),
        # Quotes and escapes.
        ("'$v'\"$v\"", "$va.b/c.d"),
        (r"\$v \${v} \'", "$v ${v} '"),
        (r'"\$v \" \\ \x"', r'$v " \ \x'),
        (r"'\n'", r"\n"),
        ("a\\", "a"),
        ("\"it's\" '\"'", "it's \""),
        ("\"${v}'$e'\"", "a.b/c.d''"),
        # Defaults.
        ("${v:-w} ${v-w}", "a.b/c.d a.b/c.d"),
        ("${e:-w} ${e-w}", "w "),
        ("${x:-w} ${x-w}", "w w"),
        ("${v:+w} ${v+w}", "w w"),
        ("${e:+w} ${e+w}", " w"),
        ("${x:+w} ${x+w}", " "),
        ("${v:?w} ${v?w} ${e?w}", "a.b/c.d a.b/c.d "),
        ("${x:-${y:-$v}}", "a.b/c.d"),
        ("${x:-'}'}${x:-\"}\"}${x:-\\}}", "}}}"),
        ("${x:-a b {c}", "a b {c"),
        ("${x:-$space}", "x  y"),
        # Patterns.
        ("${v#*.}", "b/c.d"),
        ("${v##*.}", "d"),
        ("${v%.*}", "a.b/c"),
        ("${v%%.*}", "a"),
        ("${v#?}", ".b/c.d"),
        ("${v%%?}", "a.b/c."),
        ("${v#x}", "a.b/c.d"),
        ("${v##*}", ""),
        ("${v#*}", "a.b/c.d"),
        ("${v##a*c*}", ""),
        ("${v#*b*.}", "d"),
        ("${v%/*.d}", "a.b"),
        (r"${v#\*}", "a.b/c.d"),
        ("${x#a}", ""),
        # Replacements.
        ("${v/./-}", "a-b/c.d"),
        ("${v//./-}", "a-b/c-d"),
        (r"${v/\//-}", "a.b-c.d"),
        ("${v/.b/}", "a/c.d"),
        ("${v//?/x}", "xxxxxxx"),
        ("${v/*/x}", "x"),
        ("${v//*/x}", "x"),
        ("${v/.*./x}", "axd"),
        ("${v///x}", "xax.xbx/xcx.xdx"),
        ("${e/*/x}", "x"),
        ("${v/b/$e${space}}", "a.x  y/c.d"),
    ],
)
def test_a_word_is_expanded_as_buildkit_does(word, value) -> None:
    expanded = expand(word, VALUES)

    assert (expanded.value, expanded.problem) == (value, "")


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("'a", "unexpected end of statement while looking for matching single-quote"),
        ('"a', "unexpected end of statement while looking for matching double-quote"),
        ('"a\\"', "unexpected end of statement while looking for matching double-quote"),
        ("${", "syntax error: missing '}'"),
        ("${v:-a", "syntax error: missing '}'"),
        ("${v:-'a}", "syntax error: missing '}'"),
        ("${v/a", "syntax error: missing '/' in ${}"),
        ("${v/a/b", "syntax error: missing '}'"),
        ("${}", "syntax error: bad substitution"),
        ("${:-a}", "syntax error: bad substitution"),
        ("${{v}", "syntax error: bad substitution"),
        ("${v", "unsupported modifier () in substitution"),
        ("${v^^}", "unsupported modifier (^) in substitution"),
        ("${v:1}", "unsupported modifier (:1) in substitution"),
        ("${v:=a}", "unsupported modifier (:=) in substitution"),
        ("${v:#a}", "unsupported modifier (:#) in substitution"),
        ("${v:%a}", "unsupported modifier (:%) in substitution"),
        ("${v[0]}", "unsupported modifier ([) in substitution"),
        ("${#v}", "unsupported modifier (v) in substitution"),
        ("${x?}", "x: is not allowed to be unset"),
        ("${x:?no}", "x: no"),
        ("${e:?}", "e: is not allowed to be empty"),
        (r"${v#\a}", r"invalid pattern (\a) in substitution: invalid escape '\a'"),
        ("${x:-${y:?z}}", "y: z"),
        ("${a:-" * 100, "variables are nested too deeply"),
    ],
)
def test_what_buildkit_refuses_is_a_problem(word, problem) -> None:
    expanded = expand(word, VALUES)

    assert (expanded.value, expanded.problem) == (None, problem)


def test_the_escape_character_may_be_another() -> None:
    assert expand("`$v \\$v", VALUES, "`").value == "$v \\a.b/c.d"
    assert expand("C:\\${x:-`}}", VALUES, "`").value == "C:\\}"


@pytest.mark.parametrize(
    "word",
    [
        "$unknown", "${unknown:-a}", "${unknown+a}", "${unknown#a}", "${v#$unknown}",
        "${v/a/$unknown}", "${x:-$unknown}",
    ],
)  # fmt: skip
def test_what_depends_on_an_unknown_value_is_unknown(word) -> None:
    expanded = expand(word, VALUES)

    assert (expanded.value, expanded.problem) == (None, "")


def test_an_unknown_value_that_is_not_used_does_no_harm() -> None:
    assert expand("${v:-$unknown}", VALUES).value == "a.b/c.d"


def test_the_variables_of_a_word_are_listed_with_their_places() -> None:
    expanded = expand("a${v:-b$c}'$d'$e", {"v": "1", "e": "2"})

    inner = VariableUse("c", 7, 9, "", "")
    assert expanded == Expanded(
        "a1$d2",
        (
            VariableUse("v", 1, 10, ":-", "b$c", (("b", inner),)),
            inner,
            VariableUse("e", 14, 16, "", ""),
        ),
        "",
    )


def test_variables_of_a_malformed_word_are_none() -> None:
    assert [use.name for use in variables("${a#b} $c")] == ["a", "c"]
    assert variables("$a ${b") == ()
    assert variables("a") == ()


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a", "a"),
        (r"'a b'\ \"c", 'a b "c'),
        ("\"$a${b:-'c'}\"", "$a${b:-'c'}"),
        ("'a", "'a"),
    ],
)
def test_quotes_go_and_variables_stay(word, value) -> None:
    assert unquoted(word) == value


def test_patterns_with_many_stars_take_no_time() -> None:
    values = {"v": "a" * 2000}

    assert expand("${v%%" + "*a" * 45 + "*b}", values).value == "a" * 2000
    assert expand("${v##" + "*a" * 45 + "}", values).value == ""


def test_what_would_take_long_or_much_room_is_unknown() -> None:
    assert expand("${v##" + "*a" * 5000 + "}", {"v": "a" * 5000}).value is None
    assert expand("$v$v", {"v": "a" * 5000}).value is None
