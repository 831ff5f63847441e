"""Every file is looked at whole, whatever it is packed in, and however hostile it is."""

from __future__ import annotations

import gzip
import io
import pickle
import sqlite3
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from tests.scan.planted import Maker, byte_code, streamed_zip, tarred, zipped

from boxwright.scan import secret_looker
from boxwright.scan.looker import START, Begun
from boxwright.scan.secret_looker import SecretLooker

TOKEN = "ghp_" + Maker(3).word(36)


def look(path: str, content: bytes, *, pieces: int = 1 << 20) -> SecretLooker:
    """Return who looked at one file, which came in pieces of so many bytes."""
    looker = SecretLooker()
    show(looker, path, content, pieces=pieces)
    return looker


def show(looker: SecretLooker, path: str, content: bytes, *, pieces: int = 1 << 20) -> None:
    watch = looker.begin(Begun(path, len(content), 0o644, content[:START]))
    if watch is None:
        return
    for at in range(0, len(content), pieces):
        watch.feed(content[at : at + pieces])
    watch.close()


def told(looker: SecretLooker) -> list[tuple[str, int, str]]:
    return [(hit.path, hit.line, hit.kind) for hit in looker.hits]


@pytest.mark.parametrize("pieces", [1000, 4096, 65536, 262_144, 1 << 20])
def test_a_file_of_any_size_is_looked_at_whole(pieces: int) -> None:
    make = Maker(8)
    text = bytearray(b"all work and no play makes a dull file\n" * 40_000)
    expected = []
    for at in (0, 3, 65_000, 257_000, 258_047, 258_048, 262_100, 262_143, 520_000, 1_000_000):
        line = -(-at // 39)
        token = f"TOKEN=ghp_{make.word(36)}\n".encode()
        text[line * 39 : line * 39] = token
        text[line * 39 + len(token) : line * 39 + len(token)] = b"\n" * (39 * 2 - len(token) - 0)
    expected = [
        number
        for number, line in enumerate(bytes(text).split(b"\n"), start=1)
        if line.startswith(b"TOKEN")
    ]

    looker = look("log.txt", bytes(text), pieces=pieces)

    assert told(looker) == [("log.txt", line, "a GitHub token") for line in expected]


@pytest.mark.parametrize("shift", range(-60, 61, 7))
@pytest.mark.parametrize("edge", [1 << 18, (1 << 18) - 4096, (1 << 18) - 4096 - 2048])
def test_a_key_across_the_edge_of_a_piece_is_one(edge: int, shift: int) -> None:
    key = Maker(4).pem("PRIVATE" + " KEY").encode()
    alone = look("a.pem", key).hits[0]
    content = b"." * (edge + shift - 1) + b"\n" + key + b"\n" + b"." * 300_000

    (hit,) = look("a.txt", content, pieces=65536).hits

    assert (hit.line, hit.fingerprint) == (2, alone.fingerprint)


def test_an_empty_file_is_not_looked_at() -> None:
    assert SecretLooker().begin(Begun("a", 0, 0o644, b"")) is None


def test_one_credential_in_one_file_is_told_once_and_by_its_best_name() -> None:
    text = f"# {TOKEN}\nurl = https://x:{TOKEN}@git.corp\ntoken = '{TOKEN}'\n"

    looker = look("a.cfg", text.encode())

    assert told(looker) == [("a.cfg", 1, "a GitHub token")]


def test_the_same_credential_has_the_same_fingerprint_with_the_same_key_only() -> None:
    first = look("a.py", TOKEN.encode()).hits[0]
    second = look("b.pyc", byte_code(TOKEN)).hits[0]
    other = SecretLooker(key=b"another")
    show(other, "a.py", TOKEN.encode())

    assert first.fingerprint == second.fingerprint != other.hits[0].fingerprint
    assert TOKEN[4:] not in repr(first)


def test_many_of_a_kind_are_told_as_a_number() -> None:
    make = Maker(9)
    text = "".join(f"hf_{make.word(34)}\n" for _ in range(150))

    hits = look("tokens.txt", text.encode()).hits

    assert [(hit.line, hit.redacted) for hit in hits[98:]] == [
        (99, "`hf_…`, 37 characters"),
        (100, "`hf_…`, 37 characters"),
        (0, "50 more of them"),
    ]


def test_a_layer_that_is_full_of_them_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_looker, "MOST_HITS", 20)
    make = Maker(9)
    looker = SecretLooker()
    for number in range(30):
        show(looker, f"{number}.txt", f"hf_{make.word(34)}\n".encode())

    assert len(looker.hits) == 21
    assert looker.problems == ["it has more than 20 credentials, of which no more are told"]


def test_a_flood_of_beginnings_ends_in_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_looker, "_MOST_BEGINNINGS", 1000)
    looker = SecretLooker()
    show(looker, "flood.txt", b"ghp_" * 5000)
    show(looker, "next.txt", TOKEN.encode())

    assert told(looker) == []
    assert looker.problems == [
        "`flood.txt` and what comes after it have too much that looks like credentials"
    ]


# --- What is no text


def test_a_database_is_looked_at(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "app.db") as database:
        database.execute("CREATE TABLE users (name TEXT, token TEXT, at TEXT)")
        database.execute("INSERT INTO users VALUES ('alice', ?, '2026-11-22')", (TOKEN,))
    database.close()

    looker = look("app.db", (tmp_path / "app.db").read_bytes())

    assert told(looker) == [("app.db", 0, "a GitHub token")]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_looked_at(protocol: int) -> None:
    content = pickle.dumps({"token": TOKEN, "n": b"\0\1\2", "more": ["x"]}, protocol)

    assert [hit.kind for hit in look("a.pkl", content + b"\0").hits] == ["a GitHub token"]


def test_a_key_that_is_compiled_in_may_be_for_a_test() -> None:
    key = Maker(4).pem("PRIVATE" + " KEY").encode()
    content = b"\x7fELF\2\1\1\0" + b"\0" * 100 + key + b"\0" + TOKEN.encode() + b"\0"

    looker = look("usr/bin/serve", content)

    assert {(hit.kind, hit.certain) for hit in looker.hits} == {
        ("a private key", False),
        ("a GitHub token", True),
    }


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_of_wide_letters_is_looked_at(encoding: str) -> None:
    text = f"first\r\n$token = '{TOKEN}'\r\n"

    assert told(look("a.ps1", text.encode(encoding))) == [("a.ps1", 2, "a GitHub token")]


# --- Archives

ENV = f"A=1\nGITHUB={TOKEN}\n".encode()


def test_archives_in_archives_are_looked_into() -> None:
    inner = zipped("app/.env", ENV)
    content = gzip.compress(tarred("backup/b.zip", inner))

    looker = look("srv/a.tgz", content, pieces=777)

    assert told(looker) == [("srv/a.tgz!backup/b.zip!app/.env", 2, "a GitHub token")]


def test_three_archives_in_each_other_are_the_most() -> None:
    content = ENV
    for number in range(5):
        content = zipped(
            f"{number}.zip" if number else ".env", content, compression=zipfile.ZIP_STORED
        )

    looker = look("a.zip", content)

    # Of the fourth the bytes are looked at, as those of any file.
    assert told(looker) == [("a.zip!4.zip!3.zip!2.zip", 0, "a GitHub token")]


def test_a_compressed_file_is_looked_into() -> None:
    assert told(look("var/dump.sql.gz", gzip.compress(ENV))) == [
        ("var/dump.sql.gz!dump.sql", 2, "a GitHub token")
    ]


def test_a_compressed_file_of_several_streams_is_looked_into() -> None:
    content = gzip.compress(b"nothing\n" * 5000) + gzip.compress(ENV) + b"\0" * 100

    assert [hit.line for hit in look("a.log.gz", content, pieces=100).hits] == [5002]


def test_zstd_is_looked_into() -> None:
    zstd = pytest.importorskip("backports.zstd")

    assert told(look("a.zst", zstd.compress(ENV))) == [("a.zst!a", 2, "a GitHub token")]


def test_long_names_in_a_tar_are_kept() -> None:
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
        buffer = io.BytesIO()
        path = "/".join(["a-long-folder-name"] * 8) + "/.env"
        with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
            info = tarfile.TarInfo(path)
            info.size = len(ENV)
            tar.addfile(info, io.BytesIO(ENV))
            tar.addfile(tarfile.TarInfo("after"))

        assert told(look("a.tar", buffer.getvalue())) == [(f"a.tar!{path}", 2, "a GitHub token")]


@pytest.mark.parametrize("pieces", [1, 13, 4096, 1 << 20])
def test_a_zip_that_was_written_to_a_pipe_is_looked_into(pieces: int) -> None:
    content = streamed_zip(".env", ENV)

    assert told(look("a.jar", content, pieces=pieces)) == [("a.jar!.env", 2, "a GitHub token")]


def test_a_zip_of_more_than_4_gib_has_its_sizes_elsewhere() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, method in (("a", zipfile.ZIP_STORED), (".env", zipfile.ZIP_DEFLATED)):
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=True) as member:
                member.write(ENV if name == ".env" else b"x" * 1000)

    assert told(look("a.zip", buffer.getvalue())) == [("a.zip!.env", 2, "a GitHub token")]


def test_what_is_behind_an_archive_is_looked_at() -> None:
    looker = look("a.zip", zipped("readme", b"x" * 100) + b"\0" + ENV)

    assert told(looker) == [("a.zip", 0, "a GitHub token")]


def test_a_bomb_is_unpacked_no_further_than_there_is_room() -> None:
    bomb = gzip.compress(bytes(100 << 20)) + gzip.compress(ENV)

    tracemalloc.start()
    looker = look("bomb.gz", bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8 << 20
    assert looker.hits == ()
    assert looker.problems == ["`bomb.gz` unpacks to more than is looked into"]


def test_bombs_together_have_the_room_of_a_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_looker, "MOST_UNPACKED_OF_LAYER", 3 << 20)
    looker = SecretLooker()
    for number in range(3):
        show(looker, f"{number}.zip", zipped("zeros", bytes(2 << 20)))
    show(looker, "plain.zip", zipped(".env", ENV, compression=zipfile.ZIP_STORED))

    # What is only stored takes no room.
    assert told(looker) == [("plain.zip!.env", 2, "a GitHub token")]
    assert looker.problems == ["`1.zip` and 1 more unpack to more than is looked into"]


def test_large_archives_have_the_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_looker, "MOST_UNPACKED", 1 << 16)
    monkeypatch.setattr(secret_looker, "MOST_UNPACKED_OF_LAYER", 1 << 16)
    words = Maker(1).word(1_000_000).encode()
    looker = SecretLooker()
    for number in range(3):
        show(looker, f"{number}.zip", zipped("a", words + b"\n" + ENV))

    assert looker.problems == []
    assert [path for path, _, _ in told(looker)] == ["0.zip!a", "1.zip!a", "2.zip!a"]


def test_what_is_damaged_is_looked_into_as_far_as_it_goes() -> None:
    packed = bytearray(gzip.compress(ENV + bytes(range(256)) * 4000, 1))
    packed[-2000:-1000] = b"\xff" * 1000

    looker = look("a.gz", bytes(packed))

    assert told(looker) == [("a.gz!a", 0, "a GitHub token")]
    assert looker.problems == ["`a.gz` is damaged, and was looked into up to the damage"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.gz"])
def test_what_is_cut_short_is_looked_into_as_far_as_it_goes(name: str) -> None:
    padding = Maker(1).word(200_000).encode()
    content = {
        "a.zip": zipped(".env", ENV + padding, compression=zipfile.ZIP_STORED),
        "a.tar": tarred(".env", ENV + padding),
        "a.gz": gzip.compress(ENV + padding),
    }[name]

    looker = look(name, content[: len(content) * 2 // 3])

    assert [hit.kind for hit in looker.hits] == ["a GitHub token"]
    assert looker.problems == [f"`{name}` is cut short, and was looked into as far as it goes"]


@pytest.mark.parametrize("seed", range(20))
def test_no_damage_is_raised(seed: int) -> None:
    make = Maker(seed)
    for name, content in (
        ("a.zip", zipped(".env", ENV * 50)),
        ("a.jar", streamed_zip(".env", ENV * 50)),
        ("a.tar", tarred(".env", ENV * 50)),
        ("a.tar.gz", gzip.compress(tarred(".env", ENV * 50))),
    ):
        broken = bytearray(content)
        for _ in range(30):
            at = int(make.digits(6)) % len(broken)
            broken[at] = int(make.digits(3)) % 256
        broken[:4] = content[:4]

        look(name, bytes(broken), pieces=1000)
