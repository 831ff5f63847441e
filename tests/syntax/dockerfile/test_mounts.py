import pytest

from boxwright.syntax.dockerfile.instructions import Run
from boxwright.syntax.dockerfile.mounts import Mount
from boxwright.syntax.dockerfile.parse import parse_dockerfile
from boxwright.syntax.dockerfile.words import Flag
from boxwright.text.source import Source, Span


def mounts(flags: str) -> tuple[Mount, ...]:
    (run,) = parse_dockerfile(Source("Dockerfile", f"RUN {flags} x")).of(Run)
    return run.mounts


def test_a_mount_says_what_it_says() -> None:
    assert mounts("--mount=type=cache,Target=/c,id=$ID,sharing=locked,ro=false,uid=1") == (
        Mount(
            type="cache",
            source="",
            target="/c",
            from_="",
            id="$ID",
            env="",
            readonly=False,
            required=False,
            size="",
            sharing="locked",
            mode="",
            uid="1",
            gid="",
            options={
                "type": "cache",
                "target": "/c",
                "id": "$ID",
                "sharing": "locked",
                "readonly": "false",
                "uid": "1",
            },
            flag=Flag(
                "mount",
                "type=cache,Target=/c,id=$ID,sharing=locked,ro=false,uid=1",
                Span(4, 69),
                Span(12, 69),
            ),
        ),
    )


def test_keys_have_other_names() -> None:
    (bind,) = mounts("--mount=from=a,src=b,dst=c,rw")
    (secret,) = mounts("--mount=type=secret,id=d,required,env=E")

    assert (bind.type, bind.from_, bind.source, bind.target, bind.readonly) == (
        "bind", "a", "b", "c", False,
    )  # fmt: skip
    assert (secret.id, secret.required, secret.env, secret.readonly) == ("d", True, "E", None)


def test_a_field_may_be_quoted() -> None:
    assert mounts(r"""--mount='"target=/a,b","id=c""d"'""")[0].options == {
        "target": "/a,b",
        "id": 'c"d',
    }


def test_there_may_be_several() -> None:
    assert [mount.type for mount in mounts("--mount=type=ssh --mount=type=tmpfs")] == [
        "ssh",
        "tmpfs",
    ]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("type=bind,target=/a", ""),
        ("type=$T,mode=1", ""),
        ("type=x", 'unsupported mount type "x"'),
        ("foo=bar", "unexpected key 'foo' in 'foo=bar'"),
        ("foo", "invalid field 'foo' must be a key=value pair"),
        ("target", "invalid field 'target' must be a key=value pair"),
        ("from=$X", "'from' doesn't support variable expansion, define alias stage instead"),
        ("ro=maybe", "invalid value for readonly: maybe"),
        ("type=cache,sharing=x", 'unsupported sharing value "x"'),
        ("type=cache,uid=-1", "invalid value for uid: -1"),
        ("type=cache,mode=9", "invalid value for mode: 9"),
        ("type=cache,mode=0755,uid=1,gid=2", ""),
        ("type=bind,mode=0755", 'mode not allowed for "bind" type mounts'),
        ("type=tmpfs,size=1g", ""),
        # The type has to come first.
        ("size=1g,type=tmpfs", "unexpected key 'size' for mount type 'bind'"),
        ("type=cache,required", "unexpected key 'required' for mount type 'cache'"),
        ("type=secret", "invalid secret mount. one of source, target required"),
        ("type=secret,id=a,source=b", "both source and id can't be set"),
        ("type=secret,id=a,from=b", "secret mount should not have a from"),
        ("type=secret,id=a,sharing=shared", "secret mount should not define sharing"),
        ("type=bind,sharing=shared", "invalid cache sharing set for bind mount"),
        ("", "the mount is empty"),
    ],
)
def test_what_buildkit_refuses_is_a_problem(value, problem) -> None:
    assert mounts(f"--mount={value}")[0].problem == problem


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("""'"a'""", "a quote is not closed"),
        ("""'"a"b'""", "something follows a closing quote"),
        ("""'a="b"'""", "a quote stands inside a field that does not start with one"),
    ],
)
def test_quotes_have_to_stand_right(value, problem) -> None:
    assert mounts(f"--mount={value}")[0].problem == problem
