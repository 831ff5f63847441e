"""Uploads that break: taken up or begun again, never twice, and nothing wrong is ever kept."""

from __future__ import annotations

import email.utils
import io
import time
import uuid
from dataclasses import dataclass

import pytest
from tests.store.registry import faults
from tests.store.registry.faults import Proxy
from tests.store.registry.memory import Memory, memory

from boxwright.errors import StoreError
from boxwright.image.blob import BytesBlob, bytes_blob
from boxwright.oci import media_type
from boxwright.oci.descriptor import Descriptor
from boxwright.oci.reference import parse_reference
from boxwright.store.registry import quirks
from boxwright.store.registry.push import Outcome, WritableRepository
from boxwright.store.registry.quirks import Quirks
from boxwright.store.transport import Transport

SIZE = 2_000_000
CONTENT = bytes(range(256)) * (SIZE // 256) + b"x" * (SIZE % 256)


@pytest.fixture
def blob() -> BytesBlob:
    # One that nobody has sent before: `crane` has one store for all repositories.
    return bytes_blob(media_type.LAYER, uuid.uuid4().bytes + CONTENT[16:])


def writable(
    proxy: Proxy | Memory, transport: Transport, name: str = "team/api"
) -> WritableRepository:
    return WritableRepository(parse_reference(f"{proxy.host}/{name}:1"), transport)


def new_name() -> str:
    return f"boxwright-test/upload-{uuid.uuid4().hex[:12]}"


def read(repository: WritableRepository, blob: BytesBlob) -> bytes:
    return b"".join(repository.pieces(blob.descriptor, "the blob"))


def test_a_blob_goes_in_one_request(any_proxy, transport, blob) -> None:
    repository = writable(any_proxy, transport, new_name())

    assert repository.put_blob(blob) is Outcome.SENT
    assert any_proxy.methods == ["POST", "PUT"]
    sent = next(one for one in any_proxy.asked if one.method == "PUT")
    assert (sent.headers["Content-Length"], sent.headers.get("Content-Range")) == (str(SIZE), None)
    assert read(repository, blob) == blob.content


def test_a_blob_is_never_in_memory_whole(proxy, transport) -> None:
    counts: list[int] = []

    class Zeros(io.BytesIO):
        """Looks at how much is read at once."""

        def read(self, count: int | None = -1) -> bytes:
            counts.append(-1 if count is None else count)
            return super().read(count)

    @dataclass(frozen=True)
    class Large:
        descriptor: Descriptor

        def open(self) -> Zeros:
            return Zeros(bytes(20_000_000))

    blob = Large(bytes_blob(media_type.LAYER, bytes(20_000_000)).descriptor)

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    assert (min(counts), max(counts)) == (1, 1 << 17)


@pytest.mark.parametrize("after", [0, 1, 700_000, SIZE - 1])
def test_a_cut_upload_ends_well(any_proxy, transport, blob, after: int) -> None:
    repository = writable(any_proxy, transport, new_name())
    any_proxy.fault("PUT", "blobs/uploads", faults.cut(after))

    assert repository.put_blob(blob) is Outcome.SENT
    assert read(repository, blob) == blob.content
    assert any_proxy.uploaded <= after + SIZE


def test_a_cut_upload_is_taken_up_where_it_broke(proxy, transport, blob) -> None:
    proxy.fault("PUT", "blobs/uploads", faults.cut(700_000))
    repository = writable(proxy, transport)

    assert repository.put_blob(blob) is Outcome.SENT
    assert proxy.methods == ["POST", "PUT", "GET", "PATCH", "PUT"]
    patch = next(one for one in proxy.asked if one.method == "PATCH")
    assert patch.headers["Content-Range"] == f"700000-{SIZE - 1}"
    assert proxy.uploaded == SIZE
    assert read(repository, blob) == blob.content


def test_an_upload_that_is_cut_again_and_again_goes_on(proxy, transport, blob) -> None:
    proxy.fault("PUT", "blobs/uploads", faults.cut(100_000))
    proxy.fault("PATCH", "blobs/uploads", faults.cut(100_000), times=18)

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    assert proxy.uploaded == SIZE


def test_an_upload_that_never_gets_further_ends(proxy, kept, transport, blob) -> None:
    proxy.fault("PUT", "blobs/uploads", faults.cut(0), times=1000)

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).put_blob(blob)

    assert caught.value.message == (
        f"the blob {blob.descriptor.digest}: `{proxy.host}/team/api` cannot be reached: the"
        " connection was cut"
    )
    assert caught.value.hint == "check the network and the proxy settings, then try again"
    assert proxy.count("PUT") == 6
    assert kept.blobs["team/api"] == {}


def test_where_nothing_can_be_taken_up_the_upload_is_begun_again(
    proxy, kept, transport, blob
) -> None:
    kept.resumes = False
    proxy.fault("PUT", "blobs/uploads", faults.cut(700_000))

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    assert proxy.methods == ["POST", "PUT", "GET", "POST", "PUT"]


@pytest.mark.parametrize(
    ("status", "times", "methods"),
    [
        (416, 1, ["GET", "PATCH", "GET", "PATCH", "PUT"]),
        (416, 9, ["GET", "PATCH", "GET", "PATCH", "GET", "PATCH", "POST", "PUT"]),
        (405, 9, ["GET", "PATCH", "POST", "PUT"]),
    ],
)
def test_where_the_rest_is_not_taken_the_upload_is_begun_again(
    proxy, transport, blob, status: int, times: int, methods: list[str]
) -> None:
    proxy.fault("PUT", "blobs/uploads", faults.cut(700_000))
    proxy.fault("PATCH", "blobs/uploads", faults.say_early(status), times=times)
    repository = writable(proxy, transport)

    assert repository.put_blob(blob) is Outcome.SENT
    assert proxy.methods == ["POST", "PUT", *methods]
    assert read(repository, blob) == blob.content


@pytest.mark.parametrize("claim", ["0-1", "0-1999999", "0-9999999999", "5-6", "x", "0-0", ""])
def test_a_registry_that_is_wrong_about_what_it_has_keeps_nothing_wrong(
    proxy, kept, transport, blob, claim: str
) -> None:
    proxy.fault("PUT", "blobs/uploads", faults.cut(700_000))
    proxy.fault("GET", "blobs/uploads", faults.change(Range=claim))
    repository = writable(proxy, transport)

    assert repository.put_blob(blob) is Outcome.SENT
    assert kept.blobs["team/api"] == {blob.descriptor.digest: blob.content}


def test_an_answer_that_is_lost_costs_no_second_upload(any_proxy, transport, blob) -> None:
    any_proxy.fault("PUT", "blobs/uploads", faults.lose_answer)

    assert writable(any_proxy, transport, new_name()).put_blob(blob) is Outcome.SENT
    assert any_proxy.uploaded == SIZE


def test_a_gateway_that_has_no_patience_costs_no_second_upload(any_proxy, transport, blob) -> None:
    any_proxy.fault("PUT", "blobs/uploads", faults.say_after(504))

    assert writable(any_proxy, transport, new_name()).put_blob(blob) is Outcome.SENT
    assert any_proxy.uploaded == SIZE


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_a_registry_in_trouble_is_asked_again(
    proxy, kept, transport, blob, method: str, status: int
) -> None:
    proxy.fault(method, "blobs", faults.say_early(status), times=3)

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    assert proxy.count(method) == {"HEAD": 4, "POST": 4, "PUT": 4}[method]
    assert kept.blobs["team/api"] == {blob.descriptor.digest: blob.content}


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_registry_is_given_the_time_that_it_asks_for(
    proxy, transport, blob, monkeypatch, form: str
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    later = email.utils.formatdate(time.time() + 7, usegmt=True) if form == "date" else "7"
    proxy.fault("POST", "blobs", faults.say(429, {"Retry-After": later}))
    proxy.fault("PUT", "blobs", faults.say_early(503, {"Retry-After": "100000"}))

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    first, second = waits
    assert 5 < first <= 7
    assert second == 60


def test_a_registry_that_stays_in_trouble_is_told(proxy, transport, blob) -> None:
    body = b'{"errors": [{"code": "TOOMANYREQUESTS", "message": "slow\\u0007 down,\\nplease"}]}'
    proxy.fault("PUT", "blobs", faults.say(429, {}, body), times=100)

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).put_blob(blob)

    assert caught.value.message == (
        f"the blob {blob.descriptor.digest}: `{proxy.host}/team/api` refuses it"
        " (status 429): TOOMANYREQUESTS: slow down, please"
    )
    assert caught.value.hint == (
        "the registry wants fewer requests: try again later, or log in to be given more"
    )
    assert proxy.count("PUT") == 6


def test_bytes_that_are_changed_on_the_way_are_not_kept_but_sent_again(
    any_proxy, transport, blob
) -> None:
    any_proxy.fault("PUT", "blobs/uploads", faults.spoil)
    repository = writable(any_proxy, transport, new_name())

    assert repository.put_blob(blob) is Outcome.SENT
    assert read(repository, blob) == blob.content


def test_bytes_that_are_always_changed_on_the_way_are_told(any_proxy, transport, blob) -> None:
    any_proxy.fault("PUT", "blobs/uploads", faults.spoil, times=100)
    repository = writable(any_proxy, transport, new_name())

    with pytest.raises(StoreError) as caught:
        repository.put_blob(blob)

    assert "DIGEST_INVALID" in caught.value.message
    assert caught.value.hint == (
        "the bytes were changed on the way: try again, and check what is between"
    )
    assert any_proxy.count("PUT") == 3
    assert not repository.has_blob(blob.descriptor)


def test_a_registry_that_says_it_kept_something_else_is_told(proxy, transport, blob) -> None:
    proxy.fault("PUT", "blobs", faults.change(Docker_Content_Digest=f"sha256:{'0' * 64}"), times=10)

    with pytest.raises(StoreError, match=r"what the registry kept of the blob .* was promised"):
        writable(proxy, transport).put_blob(blob)


def test_a_token_that_grows_old_is_replaced_in_the_middle(any_proxy, transport, blob) -> None:
    any_proxy.token_uses = 2
    repository = writable(any_proxy, transport, new_name())

    outcomes = [
        repository.put_blob(bytes_blob(media_type.LAYER, blob.content[at:])) for at in range(4)
    ]

    assert outcomes == [Outcome.SENT] * 4
    assert len(any_proxy.scopes) >= 6


def test_a_token_that_grows_old_before_the_upload_is_taken_up(proxy, transport, blob) -> None:
    proxy.token_uses = 100
    repository = writable(proxy, transport)
    repository.put_blob(bytes_blob(media_type.LAYER, b"before"))

    def cut_and_forget(passing: faults.Passing) -> None:
        faults.cut(700_000)(passing)
        proxy.tokens.clear()

    proxy.asked.clear()
    proxy.fault("PUT", "blobs", cut_and_forget)

    assert repository.put_blob(blob) is Outcome.SENT
    assert proxy.uploaded == SIZE


def test_a_token_that_is_refused_early_stops_the_upload_at_once(proxy, transport) -> None:
    proxy.token_uses = 100
    large = bytes_blob(media_type.LAYER, bytes(60_000_000))
    repository = writable(proxy, transport)
    challenge = f'Bearer realm="http://{proxy.host}/token",service="r"'
    proxy.fault("PUT", "blobs", faults.say_early(401, {"WWW-Authenticate": challenge}))

    assert repository.put_blob(large) is Outcome.SENT
    assert proxy.uploaded < 62_000_000


def test_who_is_always_refused_gives_up(proxy, transport, blob) -> None:
    proxy.token_uses = 100
    challenge = f'Bearer realm="http://{proxy.host}/token",service="r"'
    proxy.fault("PUT", "blobs", faults.say_early(401, {"WWW-Authenticate": challenge}), times=100)

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).put_blob(blob)

    assert caught.value.message == f"`{proxy.host}/team/api:1`: the registry refuses access"
    assert "s3cret" not in f"{caught.value!r} {caught.value.hint} {caught.value.__cause__!r}"
    assert proxy.count("PUT") <= 4


def test_a_token_is_not_shown_by_a_registry_that_repeats_it(proxy, transport, blob) -> None:
    proxy.token_uses = 100

    def repeat(passing: faults.Passing) -> None:
        told = passing.headers["Authorization"]
        body = f'{{"errors": [{{"code": "DENIED", "message": "not with {told}"}}]}}'
        passing.say(403, {}, body.encode())

    proxy.fault("PUT", "blobs", repeat)

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).put_blob(blob)

    assert caught.value.message.endswith("refuses it (status 403)")


@pytest.mark.parametrize("status", [405, 415, 416, 501])
def test_where_no_whole_blob_is_taken_it_goes_in_a_patch(
    proxy, kept, transport, blob, status: int
) -> None:
    proxy.fault("PUT", "blobs", faults.say_early(status))
    repository = writable(proxy, transport)

    outcomes = [
        repository.put_blob(blob),
        repository.put_blob(bytes_blob(media_type.LAYER, b"next")),
    ]

    assert outcomes == [Outcome.SENT, Outcome.SENT]
    # What was found out is not tried again with the next.
    assert proxy.methods == ["POST", "PUT", "POST", "PATCH", "PUT", "POST", "PATCH", "PUT"]
    patch = next(one for one in proxy.asked if one.method == "PATCH")
    assert (patch.headers["Content-Length"], patch.headers.get("Content-Range")) == (
        str(SIZE),
        None,
    )
    assert kept.blobs["team/api"][blob.descriptor.digest] == blob.content


def test_a_registry_that_takes_only_patches_takes_all_of_an_image(
    proxy, kept, transport, random_image
) -> None:
    kept.takes_put = False
    image = random_image(layers=5, size=200_000)

    writable(proxy, transport).push_image(image, "1")

    assert len(kept.blobs["team/api"]) == 6


def test_where_requests_must_be_small_the_blob_goes_in_chunks(
    proxy, kept, transport, monkeypatch
) -> None:
    kept.most = 950_000
    content = CONTENT * 6
    blob = bytes_blob(media_type.LAYER, content)
    repository = writable(proxy, transport)

    assert repository.put_blob(blob) is Outcome.SENT
    chunks = [one for one in proxy.asked if one.method == "PATCH" and one.status == 202]
    assert [one.received for one in chunks] == [900_000] * 13 + [300_000]
    assert chunks[1].headers["Content-Range"] == "900000-1799999"
    assert kept.blobs["team/api"] == {blob.descriptor.digest: content}
    # The first two were refused before they had all come.
    assert proxy.uploaded < 2 * len(content)

    proxy.asked.clear()
    small = bytes_blob(media_type.LAYER, b"small")
    assert repository.put_blob(small) is Outcome.SENT
    assert proxy.methods == ["POST", "PUT"]


def test_chunks_are_as_large_as_the_registry_wants_them(proxy, kept, transport) -> None:
    kept.most, kept.least = 5_000_000, 2_500_000
    content = CONTENT * 6
    blob = bytes_blob(media_type.LAYER, content)

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    chunks = [one for one in proxy.asked if one.method == "PATCH" and one.status == 202]
    assert [one.received for one in chunks] == [2_500_000] * 4 + [2_000_000]


def test_a_chunk_that_is_cut_is_taken_up(proxy, kept, transport) -> None:
    kept.most = 950_000
    content = CONTENT * 6
    blob = bytes_blob(media_type.LAYER, content)
    repository = writable(proxy, transport)
    repository.put_blob(bytes_blob(media_type.LAYER, bytes(10_000_000)))
    proxy.asked.clear()
    proxy.fault("PATCH", "blobs", faults.cut(123_456), times=3)

    assert repository.put_blob(blob) is Outcome.SENT
    assert proxy.uploaded == len(content)
    assert kept.blobs["team/api"][blob.descriptor.digest] == content


def test_where_even_small_requests_are_too_large_that_is_told(proxy, kept, transport, blob) -> None:
    kept.most = 1000

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).put_blob(blob)

    assert caught.value.message == (
        f"the blob {blob.descriptor.digest}: `{proxy.host}/team/api` refuses it (status 413): no"
    )
    assert "client_max_body_size" in caught.value.hint


def with_quirks(monkeypatch: pytest.MonkeyPatch, made: Quirks) -> None:
    monkeypatch.setattr(quirks, "_known", lambda: ((("127.0.0.1",), made),))


def test_a_registry_that_cannot_take_up_is_not_asked_to(
    proxy, transport, blob, monkeypatch
) -> None:
    with_quirks(monkeypatch, Quirks(name="here", resumes=False))
    proxy.fault("PUT", "blobs", faults.cut(700_000))

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    assert proxy.methods == ["POST", "PUT", "POST", "PUT"]


def test_what_is_taken_up_comes_in_the_chunks_that_the_registry_takes(
    proxy, transport, blob, monkeypatch
) -> None:
    with_quirks(monkeypatch, Quirks(name="here", chunk=400_000))
    proxy.fault("PUT", "blobs", faults.cut(700_000))

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    patches = [one.received for one in proxy.asked if one.method == "PATCH"]
    assert patches == [400_000, 400_000, 400_000, 100_000]


def test_a_limit_of_time_is_named_where_it_was_reached(proxy, transport, blob, monkeypatch) -> None:
    with_quirks(monkeypatch, Quirks(name="this registry", minutes=10))
    clock = iter(range(0, 10_000_000, 700))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    proxy.fault("PUT", "blobs", faults.cut(100), times=100)
    proxy.fault("GET", "blobs/uploads", faults.say(404), times=100)

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).put_blob(blob)

    assert caught.value.hint == (
        "this registry ends an upload after 10 minutes, and 2.0 MB took longer: give the image"
        " smaller layers, or push from a faster network"
    )


@pytest.mark.parametrize("form", ["relative", "absolute", "with a query", "without"])
def test_the_address_that_the_registry_gives_is_kept(proxy, transport, blob, form: str) -> None:
    def moved(passing: faults.Passing) -> None:
        answer = passing.forward()
        assert answer
        path = answer.getheader("Location", "")
        path = path if path.startswith("/") else "/" + path.split("/", 3)[3]
        bare = path.partition("?")[0]
        passing.relay(
            answer,
            {
                "Location": {
                    "relative": path,
                    "absolute": f"http://{proxy.host}{path}",
                    "with a query": f"{bare}?a=%2F+b&a=c%3d&e=",
                    "without": bare,
                }[form]
            },
        )

    proxy.fault("POST", "blobs", moved)

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    put = next(one.path for one in proxy.asked if one.method == "PUT").partition("?")[2]
    digest = f"digest={blob.descriptor.digest}"
    if form == "with a query":
        assert put.lower() == f"a=%2f+b&a=c%3d&e=&{digest}"
    elif form == "without":
        assert put == digest
    else:
        assert put.startswith("state=")
        assert put.endswith(f"&{digest}")


def test_another_host_gets_the_blob_and_no_credentials(proxy, transport, blob) -> None:
    proxy.token_uses = 100
    with memory() as there, faults.before(there.host) as other:
        session = writable(there, transport)._exchange.ask(
            "POST", f"http://{there.host}/v2/team/api/blobs/uploads/", what="x", body=b""
        )
        elsewhere = f"http://{other.host}{session.headers['location']}"
        proxy.fault("POST", "blobs", faults.change(Location=elsewhere))

        assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
        assert there.blobs["team/api"] == {blob.descriptor.digest: blob.content}
        assert ["Authorization" in one.headers for one in other.asked] == [False]


def test_a_redirect_of_the_upload_is_followed_without_credentials(proxy, transport, blob) -> None:
    proxy.token_uses = 100
    with memory() as there, faults.before(there.host) as other:
        session = writable(there, transport)._exchange.ask(
            "POST", f"http://{there.host}/v2/team/api/blobs/uploads/", what="x", body=b""
        )
        path = f"{session.headers['location']}&digest={blob.descriptor.digest}"
        proxy.fault("PUT", "", faults.say_early(307, {"Location": f"http://{other.host}{path}"}))

        assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
        assert there.blobs["team/api"] == {blob.descriptor.digest: blob.content}
        assert ["Authorization" in one.headers for one in other.asked] == [False]


def test_redirects_without_end_are_told(proxy, transport, blob) -> None:
    again = {"Location": f"http://{proxy.host}/v2/team/api/blobs/uploads/again"}
    proxy.fault("PUT", "", faults.say_early(307, again), times=100)

    with pytest.raises(StoreError, match="sends on again and again"):
        writable(proxy, transport).put_blob(blob)


@pytest.mark.parametrize("location", ["ftp://x/y", "http://[", "mailto:me", "http://x:port/"])
def test_an_address_that_is_none_is_refused(proxy, transport, blob, location: str) -> None:
    proxy.fault("POST", "blobs", faults.change(Location=location))

    with pytest.raises(StoreError, match="sends on to what is no web address"):
        writable(proxy, transport).put_blob(blob)


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest", "http://[fe80::1]/x"])
def test_a_service_of_the_cloud_is_not_asked(proxy, transport, blob, location: str) -> None:
    proxy.fault("POST", "blobs", faults.change(Location=location))

    with pytest.raises(StoreError) as caught:
        writable(proxy, transport).put_blob(blob)

    assert caught.value.message.endswith(", a link-local address")


def test_a_registry_that_says_nothing_of_where_to_send_is_told(proxy, transport, blob) -> None:
    proxy.fault("POST", "blobs", faults.change(Location=None))

    with pytest.raises(StoreError, match="does not say where to send it"):
        writable(proxy, transport).put_blob(blob)


def test_an_upload_that_the_registry_forgot_is_begun_again(proxy, transport, blob) -> None:
    unknown = b'{"errors": [{"code": "BLOB_UPLOAD_UNKNOWN", "message": "who?"}]}'
    proxy.fault("PUT", "blobs", faults.say(404, {}, unknown))

    assert writable(proxy, transport).put_blob(blob) is Outcome.SENT
    assert proxy.methods[:4] == ["POST", "PUT", "POST", "PUT"]
