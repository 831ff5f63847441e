"""Pickles are walked and never loaded: what they would run is told, what models need is not."""

from __future__ import annotations

import contextlib
import io
import pickle
import random
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest
from sklearn.base import BaseEstimator  # type: ignore[import-untyped]
from sklearn.cluster import KMeans  # type: ignore[import-untyped]
from sklearn.datasets import make_classification  # type: ignore[import-untyped]
from sklearn.ensemble import (  # type: ignore[import-untyped]
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.gaussian_process import GaussianProcessRegressor  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression, SGDClassifier  # type: ignore[import-untyped]
from sklearn.neighbors import KNeighborsClassifier  # type: ignore[import-untyped]
from sklearn.neural_network import MLPClassifier  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler  # type: ignore[import-untyped]
from sklearn.svm import SVC  # type: ignore[import-untyped]
from tests.scan.artifacts.hostile_pickles import (
    HARMLESS,
    STOP,
    SYSTEM,
    called,
    imported,
    programs,
    text,
)

from boxwright.scan.artifacts.pickle_imports import judge
from boxwright.scan.artifacts.pickles import COMPUTED, Pickles

_PROGRAMS = programs()


def walked(content: bytes, step: int = 1 << 20) -> Pickles:
    pickles = Pickles()
    for at in range(0, len(content), step):
        pickles.feed(content[at : at + step])
    pickles.finish()
    return pickles


def told(content: bytes, step: int = 1 << 20) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pickles = walked(content, step)
    return pickles.dangerous, pickles.unknown


@pytest.mark.parametrize("how", _PROGRAMS)
def test_what_runs_something_is_dangerous(how: str) -> None:
    assert walked(_PROGRAMS[how]).dangerous


@pytest.mark.parametrize("how", [how for how in _PROGRAMS if len(_PROGRAMS[how]) < 5000])
def test_pieces_make_no_difference(how: str) -> None:
    content = _PROGRAMS[how]

    assert told(content, 1) == told(content, 3) == told(content, 17) == told(content)


def test_names_are_told_as_python_imports_them() -> None:
    content = b"\x80\x02" + called(imported("__builtin__", "eval")) + STOP

    assert told(content) == (("builtins.eval",), ())


def test_what_is_neither_known_nor_dangerous_is_unknown() -> None:
    content = imported("shop.model", "Net") + b")R" + STOP

    assert told(content) == ((), ("shop.model.Net",))


def test_a_name_that_is_computed_is_told_as_such() -> None:
    content = b"h\1h\2\x93" + STOP

    assert told(content) == ((COMPUTED,), ())


def test_names_that_are_no_text_are_shown_escaped() -> None:
    content = imported("os\x1b[2J", "sys\ntem".replace("\n", "\x07")) + STOP

    assert told(content) == ((), ("os\\x1b[2J.sys\\x07tem",))


def test_a_state_for_a_class_is_unknown() -> None:
    content = imported("collections", "OrderedDict") + b"}b" + STOP

    assert told(content) == ((), ("a state for `collections.OrderedDict` itself",))


def test_an_extension_is_unknown() -> None:
    assert told(b"\x82\x05)R" + STOP)[1] == ("extension 5 of copyreg",)


def test_bytes_after_a_pickle_that_are_none_do_not_count() -> None:
    pickles = walked(HARMLESS + b"\x93\x93R(((o" + bytes(100))

    assert (pickles.dangerous, pickles.unknown, pickles.count, pickles.problem) == ((), (), 1, "")


def test_a_protocol_that_does_not_exist_ends_the_walk_as_it_ends_loading() -> None:
    pickles = walked(b"\x80\xff" + SYSTEM + STOP)

    assert pickles.problem == "the pickle is of protocol 255, which does not exist"
    with pytest.raises(ValueError, match="unsupported pickle protocol"):
        pickle.loads(b"\x80\xff" + SYSTEM + STOP)  # noqa: S301


def test_what_is_cut_short_says_so() -> None:
    assert walked(pickle.dumps([1, 2, "a" * 99], 4)[:-5]).problem == "the pickle is cut short"


def test_a_pickle_of_very_many_opcodes_is_not_called_harmless() -> None:
    pickles = walked(b"](" + b"N" * 4_100_000 + b"e" + SYSTEM + STOP)

    assert pickles.unknown == ("what follows the first 4,000,000 opcodes",)
    assert pickles.unread == "what follows the first 4,000,000 opcodes"


def test_a_name_that_could_not_be_remembered_is_unknown() -> None:
    many = b"".join(text(f"{n:0200}") + b"\x940" for n in range(70_000))

    pickles = walked(many + text("shop") + b"\x940" + text("Net") + b"\x940h\0" + b"\x93" + STOP)

    assert pickles.dangerous == ()
    assert pickles.unknown == (COMPUTED,)


def test_bytes_of_a_tensor_are_looked_into() -> None:
    load = imported("torch.storage", "_load_from_bytes")
    inner = HARMLESS + SYSTEM + STOP

    good = load + b"B" + len(HARMLESS).to_bytes(4, "little") + HARMLESS + b"\x85R" + STOP
    bad = load + b"B" + len(inner).to_bytes(4, "little") + inner + b"\x85R" + STOP
    other = load + b"B\4\0\0\0PK\3\4\x85R" + STOP

    assert told(good) == ((), ())
    assert told(bad) == (("os.system",), ())
    assert told(other) == ((), ("torch.storage._load_from_bytes",))


def test_storages_of_a_state_dict_add_up() -> None:
    def storage(key: str, elements: int) -> bytes:
        kind = imported("torch", "FloatStorage")
        return (
            b"(" + text("storage") + kind + text(key) + text("cpu") + bytes([75, elements]) + b"tQ"
        )

    content = b"\x80\x02(" + storage("0", 30) + storage("1", 12) + storage("0", 30) + b"t" + STOP

    pickles = walked(content)

    assert (pickles.storages, pickles.tensors) == ({"float": 42}, 2)
    assert told(content) == ((), ())


@pytest.mark.parametrize(
    ("module", "name", "verdict"),
    [
        ("numpy.core.multiarray", "_reconstruct", "harmless"),
        ("numpy._core.multiarray", "_reconstruct", "harmless"),
        ("sklearn.tree.tree", "DecisionTreeClassifier", "harmless"),
        ("sklearn.tree._classes", "DecisionTreeClassifier", "harmless"),
        ("sklearn.tree._classes", "Popen", "dangerous"),
        ("torch.nn.modules.linear", "Linear", "harmless"),
        ("__torch__.torch.nn.modules.linear", "Linear", "harmless"),
        ("shop.code", "Net", "unknown"),
        ("code.models", "Net", "unknown"),
        ("test", "Net", "unknown"),
        ("os.path", "join", "dangerous"),
        ("collections", "OrderedDict.fromkeys", "unknown"),
        ("collections", "OrderedDict.__reduce__", "dangerous"),
        ("builtins", "set", "harmless"),
        ("builtins", "map", "dangerous"),
        ("builtins", "enumerate", "unknown"),
    ],
)
def test_judgement(module: str, name: str, verdict: str) -> None:
    assert judge(module, name) == verdict


_X, _Y = make_classification(60, 6, random_state=1)
_MODELS: list[BaseEstimator] = [
    LogisticRegression(),
    SGDClassifier(),
    RandomForestClassifier(5),
    GradientBoostingRegressor(n_estimators=5),
    HistGradientBoostingClassifier(max_iter=3),
    SVC(),
    KNeighborsClassifier(),
    KMeans(3, n_init=1),
    GaussianProcessRegressor(),
    MLPClassifier(max_iter=300, tol=1),
    make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), LogisticRegression()),
]


def _joblib(value: object, **options: object) -> bytes:
    file = io.BytesIO()
    joblib.dump(value, file, **options)
    return file.getvalue()


@pytest.mark.parametrize("model", _MODELS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_models_of_scikit_learn_are_harmless(model: BaseEstimator, protocol: int) -> None:
    model.fit(abs(_X), _Y)

    plain = walked(pickle.dumps(model, protocol))
    with_arrays = walked(_joblib(model, protocol=max(protocol, 2)), 1000)

    for pickles in (plain, with_arrays):
        assert (pickles.dangerous, pickles.unknown, pickles.problem) == ((), (), "")
        assert pickles.made.rpartition(".")[2] == type(model).__name__
    assert with_arrays.has_arrays


def test_estimators_of_text_and_categories_are_harmless() -> None:
    words = TfidfVectorizer().fit(["a model of text", "another text"])
    kinds = OneHotEncoder().fit(np.array([["a"], ["b"]], dtype=object))

    pickles = walked(_joblib([words, kinds]))

    assert (pickles.dangerous, pickles.unknown, pickles.problem) == ((), (), "")
    assert pickles.sklearn


@pytest.mark.parametrize(
    "value",
    [
        np.arange(1000.0),
        np.array([1, "a", None], dtype=object),
        np.array(["abc", "d"]),
        np.zeros(3, dtype=[("a", "<f4"), ("b", "O")]),
        np.ma.array([1, 2], mask=[False, True]),
        np.float32(1.5),
        np.random.default_rng(1),
        np.random.RandomState(1),
        np.zeros((0, 4)),
        np.array(3),
        {"a": OrderedDict(b=Counter("abc")), "c": defaultdict(list), "d": {1, 2}},
    ],
    ids=lambda value: f"{type(value).__name__} {getattr(value, 'dtype', '')}",
)
@pytest.mark.parametrize(
    "dumps", [lambda v: pickle.dumps(v, 2), lambda v: pickle.dumps(v, 5), lambda v: _joblib([v, 1])]
)
def test_arrays_and_collections_are_harmless(
    value: object, dumps: Callable[[object], bytes]
) -> None:
    pickles = walked(dumps(value))

    assert (pickles.dangerous, pickles.unknown, pickles.problem, pickles.count) == ((), (), "", 1)


def test_what_joblib_passes_over_as_an_array_is_walked_as_a_pickle_too() -> None:
    whole = _joblib([np.frombuffer(b"@" * 64, dtype="u1"), "x"])
    at = whole.index(b"@" * 64)
    # Before the elements stand the length of their padding and the padding.
    hidden = SYSTEM + STOP
    start = whole.rindex(b"b", 0, at) + 1
    hostile = whole[:start] + hidden + whole[start + len(hidden) :]

    assert told(whole) == ((), ())
    assert walked(hostile).dangerous == ("os.system",)


def test_the_names_in_a_random_program_that_python_imports_are_all_told() -> None:
    pieces = [
        *[
            bytes([opcode])
            for opcode in b"()]}Nl0125tdesuabRoQ\x85\x86\x87\x81\x93\x94\x8f\x90\x91"
        ],
        *[text(word) for word in ("os", "system", "shop", "Net", "a")],
        *[b"q\0", b"q\1", b"h\0", b"h\1", b"h\2", b"p3\n", b"g3\n", b"K\1", b"I01\n", b"S'os'\n"],
        *[
            imported("os", "system"),
            imported("shop", "Net"),
            b"ios\nsystem\n",
            b"\x80\2",
            b"\x80\4",
        ],
        *[b"B\3\0\0\0abc", b"\x95" + bytes(8), b"Vsystem\n", b"\x92", b"i__builtin__\nset\n"],
    ]
    seen: list[str] = []

    class Recorder:
        def find_class(self, module: str, name: str) -> object:
            seen.append(f"{module}.{name}")
            return _Inert

        def persistent_load(self, _: object) -> None:
            return None

    class Quick(Recorder, pickle.Unpickler):
        pass

    class Slow(Recorder, pickle._Unpickler):
        pass

    chosen = random.Random(5)  # noqa: S311
    found = 0
    for _ in range(4000):
        content = b"".join(chosen.choices(pieces, k=chosen.randint(2, 14))) + STOP
        for reader in (Quick, Slow):
            seen.clear()
            with contextlib.suppress(Exception):
                reader(io.BytesIO(content)).load()
            pickles = walked(content)
            names = {*pickles.dangerous, *pickles.unknown}
            wanted = {name for name in seen if name in ("os.system", "shop.Net")}
            found += len(wanted)
            assert wanted <= names, (content, seen, names)
    assert found > 500


class _Inert:
    def __new__(cls, *_: object, **__: object) -> _Inert:
        return object.__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass
