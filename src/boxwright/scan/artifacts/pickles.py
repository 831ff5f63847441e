"""
What a pickle would import and call if it were loaded, found without loading it.

A pickle is a program for a small stack machine (`pickletools` describes it). Here it is walked
with values that stand for what the program would make: imported names, calls of them, tuples.
What is imported is judged by `pickle_imports`.

Where Python's own machine would stop with an error, as with an empty stack, the walk goes on:
nothing that can follow is missed so. It ends at what no machine can read: an unknown opcode
or the end of the bytes. What comes before that counts, as it runs in Python, too.

The bytes come in pieces, of which none is kept; memory is bounded however many they are.
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass, field
from typing import Final

from boxwright.scan.artifacts.pickle_imports import effective, is_plain, judge

_MOST_OPCODES = 4_000_000
"""Of one file: seconds of work. Models have thousands."""
_MOST_PICKLES = 10_000
"""In one file, one after another."""
_MOST_NESTED = 1_000
"""In byte strings of one file."""
_MOST_ON_STACK = 100_000
_MOST_IN_MEMO = 2_000_000
_MOST_AT_ODD_PLACES = 100_000
_MOST_KEPT = 16 << 20
"""Bytes of strings and calls that are remembered to be named later."""
_MOST_VALUES = 500_000
"""Tuples, calls and items of dictionaries that are made of what the pickle makes."""
_MOST_IMPORTS = 5_000
_MOST_STORAGES = 200_000
_MOST_TOLD = 40
_LONGEST_NAME = 256
_LONGEST_PATH = 600
_MOST_DOTS = 40
_LONGEST_LINE = 1 << 16
_LONGEST_TUPLE = 32
_DEEPEST = 6
"""Pickles in byte strings of pickles, and arrays of objects in one another."""
_HIGHEST_PROTOCOL = 5

COMPUTED = "a name that is computed while it is loaded"
"""What is said of an import whose name does not stand in the pickle."""

_NESTED = re.compile(rb"\x80[\x00-\x05]")
_TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""The first pickle of a file in PyTorch's old format."""

_NOTHING: Final = object()
"""A value that matters to nobody."""

_PUSHES = {
    ord("N"): 0, 0x88: 0, 0x89: 0, ord("]"): 0, 0x8F: 0, 0x97: 0, ord("G"): 8,
}  # fmt: skip
"""Opcodes that push a value that matters to nobody, with the bytes of their argument."""
_TEXTS = {ord("X"): 4, 0x8C: 1, 0x8D: 8}
"""Opcodes of text, with the bytes of their length."""
_BYTES = {
    ord("B"): 4, ord("C"): 1, 0x8E: 8, 0x96: 8, ord("T"): 4, ord("U"): 1,
}  # fmt: skip
"""Opcodes of byte strings, likewise; those of Python 2 (BINSTRING and its short form) are last."""
_BYTES_AS_TEXT = b"TU"
_LINES = {
    ord("S"): 1, ord("V"): 1, ord("I"): 1, ord("L"): 1, ord("F"): 1, ord("P"): 1,
    ord("g"): 1, ord("p"): 1, ord("c"): 2, ord("i"): 2,
}  # fmt: skip
"""Opcodes whose arguments are lines, with their number."""
_OF_NO_EFFECT = {0x98: 0, 0x95: 8}
"""READONLY_BUFFER and FRAME, with the bytes of their argument."""

_REBUILDERS = frozenset({"copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__"})
"""What is called with the class of the object that it makes."""
_ARRAY_WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
_LOADS_BYTES = "torch.storage._load_from_bytes"


@dataclass(slots=True)
class _Import:
    """A name that the pickle imports."""

    path: str
    verdict: str


@dataclass(slots=True)
class _Call:
    """What comes of calling *function*; None where that is no imported name."""

    function: _Import | None
    arguments: object = _NOTHING
    state: object = _NOTHING

    @property
    def made(self) -> str:
        """The class that it makes an object of, as far as its name stands there."""
        if self.function is None:
            return ""
        if self.function.path not in _REBUILDERS:
            return self.function.path
        first = self.arguments[0] if type(self.arguments) is tuple and self.arguments else None
        return first.path if type(first) is _Import else ""


@dataclass(slots=True)
class _Bytes:
    """A byte string that begins as a pickle does."""

    is_walked: bool = False


@dataclass(slots=True)
class _Place:
    """Where the walk is: the state of the machine for one pickle."""

    stack: list[object] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: list[object] = field(default_factory=list)
    sparse: dict[int, object] = field(default_factory=dict)
    """Of the memo what is at places beyond its end."""
    protocol: int = 0

    def copy(self) -> _Place:
        return _Place(
            list(self.stack), list(self.marks), list(self.memo), dict(self.sparse), self.protocol
        )

    def at(self, index: int) -> object:
        memo = self.memo
        return memo[index] if index < len(memo) else self.sparse.get(index, _NOTHING)

    def put(self, index: int, value: object) -> None:
        memo = self.memo
        if index < len(memo):
            memo[index] = value
        elif index == len(memo) < _MOST_IN_MEMO:
            memo.append(value)
        elif len(self.sparse) < _MOST_AT_ODD_PLACES:
            self.sparse[index] = value


@dataclass(slots=True)
class _Noted:
    """What was found in one pickle, before it is known whether it is one."""

    named: dict[str, str] = field(default_factory=dict)
    """Imports that are not harmless, with the verdict."""
    odd: dict[str, str] = field(default_factory=dict)
    """What else no plain pickle does, with the verdict."""


class Pickles:
    """Walks the pickles of a file, one after another; never raises."""

    def __init__(self, *, depth: int = 0, opcodes: int = _MOST_OPCODES) -> None:
        self.count = 0
        """Pickles that were walked to their end."""
        self.protocol = 0
        """The highest that one says it has."""
        self.problem = ""
        """Why the first ends early, in a clause; empty where it does not."""
        self.unread = ""
        """What was not walked for want of time, in a clause."""
        self.has_imports = False
        self.has_arrays = False
        """Whether joblib's arrays stand between its opcodes."""
        self.is_torch = False
        """Whether it begins as PyTorch's old format does."""
        self.storages: dict[str, int] = {}
        """Elements of PyTorch's storages, by type."""
        self.tensors = 0
        """How many storages there are."""
        self.made = ""
        """The class of the first object that has one."""
        self.sklearn = ""
        """The version of scikit-learn that an estimator says it is of."""
        self.is_over = False
        """Whether nothing of the rest matters."""
        self._dangerous: dict[str, None] = {}
        self._unknown: dict[str, None] = {}
        self._noted = _Noted()
        self._imports: dict[tuple[str, str, int], _Import] = {}
        self._seen_storages: set[str] = set()
        self._place = _Place()
        self._outer: list[_Place] = []
        self._depth = depth
        self._nested = 0
        self._opcodes = opcodes
        self._values = 0
        self._kept = 0
        self._is_between = True
        self._rest = b""
        self._passing = 0
        """Bytes ahead that are no opcodes."""
        self._into: tuple[Pickles, _Bytes] | None = None
        """What walks those bytes."""
        self._array: int | None = None
        """Bytes of an array that follow its padding."""
        self._in_long_line = False
        self._fork: Pickles | None = None
        """Walks on where joblib's arrays are passed over, as `pickle.load` would."""
        self._is_fork = False

    @property
    def dangerous(self) -> tuple[str, ...]:
        """What it imports that no model needs, by the order in which it does."""
        return tuple(self._dangerous)[:_MOST_TOLD]

    @property
    def unknown(self) -> tuple[str, ...]:
        """What it imports that is neither known as harmless nor as dangerous."""
        return tuple(name for name in self._unknown if name not in self._dangerous)[:_MOST_TOLD]

    def feed(self, piece: bytes) -> None:
        """Walk on through *piece*."""
        if self._fork is not None:
            self._fork.feed(piece)
        at = 0
        while not self.is_over:
            if self._passing:
                taken = min(self._passing, len(piece) - at)
                if self._into is not None:
                    self._into[0].feed(piece[at : at + taken])
                at += taken
                self._passing -= taken
                if self._passing:
                    return
                self._leave_nested()
            elif self._array is not None:
                if at >= len(piece):
                    return
                self._passing = piece[at] + self._array
                self._array = None
                at += 1
            elif self._in_long_line:
                end = piece.find(b"\n", at)
                if end < 0:
                    return
                at = end + 1
                self._in_long_line = False
            else:
                piece = self._rest + piece[at:] if self._rest else piece[at:] if at else piece
                self._rest = b""
                at = self._walk(piece)
                if at < 0:
                    return

    def finish(self) -> None:
        """Take note that the bytes end here."""
        self._leave_nested()
        if not self.is_over and not self._is_between:
            self._break("the pickle is cut short")
        if self._fork is not None:
            self._fork.finish()
            self._dangerous |= self._fork._dangerous  # noqa: SLF001
        self.is_over = True

    def _walk(self, buffer: bytes) -> int:
        """
        Walk on and return where in *buffer* something begins that is no opcode.

        -1 where all of it is walked, but for what is kept as the rest.
        """
        place = self._place
        stack, marks, memo = place.stack, place.marks, place.memo
        size = len(buffer)
        at = start = 0
        left = self._opcodes
        self._is_between = self._is_between and not size
        try:
            while at < size:
                start = at
                opcode = buffer[at]
                at += 1
                left -= 1
                if left < 0:
                    self._leave(f"what follows the first {_MOST_OPCODES:,} opcodes")
                    return -1
                if len(stack) > _MOST_ON_STACK:
                    _shorten(stack, marks)
                if opcode == 0x4B:  # BININT1
                    if at >= size:
                        break
                    stack.append(buffer[at])
                    at += 1
                elif opcode == 0x94:  # MEMOIZE
                    if len(memo) < _MOST_IN_MEMO:
                        memo.append(self._remembered(stack[-1]) if stack else _NOTHING)
                elif opcode == 0x71 or opcode == 0x72:  # BINPUT, LONG_BINPUT
                    end = at + (1 if opcode == 0x71 else 4)
                    if end > size:
                        break
                    index = int.from_bytes(buffer[at:end], "little")
                    place.put(index, self._remembered(stack[-1]) if stack else _NOTHING)
                    at = end
                elif opcode == 0x68 or opcode == 0x6A:  # BINGET, LONG_BINGET
                    end = at + (1 if opcode == 0x68 else 4)
                    if end > size:
                        break
                    index = int.from_bytes(buffer[at:end], "little")
                    stack.append(memo[index] if index < len(memo) else place.at(index))
                    at = end
                elif (width := _TEXTS.get(opcode)) is not None:
                    begin = at + width
                    if begin > size:
                        break
                    length = int.from_bytes(buffer[at:begin], "little")
                    at = begin + length
                    if length > _LONGEST_NAME:
                        stack.append(_NOTHING)
                        if at > size:
                            self._passing = length
                            return begin
                    elif at > size:
                        break
                    else:
                        stack.append(str(buffer[begin:at], "utf-8", "replace"))
                elif (width := _PUSHES.get(opcode)) is not None:
                    at += width
                    if at > size:
                        break
                    stack.append(_NOTHING)
                elif opcode == 0x28:  # MARK
                    if len(marks) < _MOST_ON_STACK:
                        marks.append(len(stack))
                elif 0x85 <= opcode <= 0x87:  # TUPLE1, TUPLE2, TUPLE3
                    length = opcode - 0x84
                    items = stack[-length:]
                    del stack[-length:]
                    stack.append(self._tuple(items))
                elif opcode == 0x74:  # TUPLE
                    stack.append(self._tuple(_after_mark(stack, marks)))
                elif opcode == 0x29:  # EMPTY_TUPLE
                    stack.append(())
                elif opcode == 0x7D:  # EMPTY_DICT
                    stack.append({})
                elif opcode == 0x4D or opcode == 0x4A:  # BININT2, BININT
                    end = at + (2 if opcode == 0x4D else 4)
                    if end > size:
                        break
                    stack.append(int.from_bytes(buffer[at:end], "little", signed=opcode == 0x4A))
                    at = end
                elif opcode == 0x75:  # SETITEMS
                    items = _after_mark(stack, marks)
                    self._set_items(stack[-1] if stack else None, items)
                elif opcode == 0x73:  # SETITEM
                    items = stack[-2:]
                    del stack[-2:]
                    self._set_items(stack[-1] if stack else None, items)
                elif opcode == 0x65 or opcode == 0x90:  # APPENDS, ADDITEMS
                    _after_mark(stack, marks)
                elif opcode == 0x61:  # APPEND
                    _pop(stack)
                elif opcode == 0x52 or opcode == 0x81:  # REDUCE, NEWOBJ
                    arguments = _pop(stack)
                    stack.append(self._call(_pop(stack), arguments))
                elif opcode == 0x92:  # NEWOBJ_EX
                    _pop(stack)
                    arguments = _pop(stack)
                    stack.append(self._call(_pop(stack), arguments))
                elif opcode == 0x62:  # BUILD
                    state = _pop(stack)
                    if self._build(stack[-1] if stack else _NOTHING, state):
                        if self._fork is not None and not self.has_arrays:
                            self._fork.feed(buffer[at:])
                        self.has_arrays = True
                        return -1 if self.is_over else at
                elif opcode == 0x93:  # STACK_GLOBAL
                    name = _pop(stack)
                    stack.append(self._import(_pop(stack), name))
                elif (width := _BYTES.get(opcode)) is not None:
                    begin = at + width
                    if begin + 2 > size:
                        break
                    length = int.from_bytes(buffer[at:begin], "little")
                    if opcode == 0x54 and length >= 1 << 31:
                        self._break("a string in the pickle has no length")
                        return -1
                    if length > 4 and _NESTED.match(buffer, begin):
                        self._enter_nested()
                        self._passing = length
                        return begin
                    at = begin + length
                    if opcode not in _BYTES_AS_TEXT or length > _LONGEST_NAME:
                        stack.append(_NOTHING)
                        if at > size:
                            self._passing = length
                            return begin
                    elif at > size:
                        break
                    else:
                        stack.append(str(buffer[begin:at], "utf-8", "replace"))
                elif opcode == 0x8A or opcode == 0x8B:  # LONG1, LONG4
                    begin = at + (1 if opcode == 0x8A else 4)
                    if begin > size:
                        break
                    length = int.from_bytes(buffer[at:begin], "little")
                    if length >= 1 << 31:
                        self._break("a number in the pickle has no length")
                        return -1
                    at = begin + length
                    if length > 16:
                        stack.append(_NOTHING)
                        if at > size:
                            self._passing = length
                            return begin
                    elif at > size:
                        break
                    else:
                        stack.append(int.from_bytes(buffer[begin:at], "little", signed=True))
                elif (lines := _LINES.get(opcode)) is not None:
                    end = buffer.find(b"\n", at) + 1
                    if end and lines == 2:
                        end = buffer.find(b"\n", end) + 1
                    if end:
                        self._lines(opcode, buffer[at : end - 1])
                        at = end
                        if self.is_over:
                            return -1
                    elif size - at <= _LONGEST_LINE:
                        break
                    elif opcode in b"cigp":
                        self._note(COMPUTED, "dangerous")
                        self._leave("what follows a name that is longer than any is")
                        return -1
                    else:
                        stack.append(_NOTHING)
                        self._in_long_line = True
                        return at
                elif opcode == 0x2E:  # STOP
                    self._stop()
                    if self.is_over:
                        return -1
                    self._is_between = self._is_between and at >= size
                    place = self._place
                    stack, marks, memo = place.stack, place.marks, place.memo
                elif opcode == 0x51:  # BINPERSID
                    self._persistent(_pop(stack))
                    stack.append(_NOTHING)
                elif (width := _OF_NO_EFFECT.get(opcode)) is not None:
                    at += width
                    if at > size:
                        break
                elif opcode == 0x80:  # PROTO
                    if at >= size:
                        break
                    if buffer[at] > _HIGHEST_PROTOCOL:
                        self._break(f"the pickle is of protocol {buffer[at]}, which does not exist")
                        return -1
                    place.protocol = buffer[at]
                    self.protocol = max(self.protocol, place.protocol)
                    at += 1
                elif opcode == 0x30:  # POP
                    if marks and marks[-1] >= len(stack):
                        marks.pop()
                    else:
                        _pop(stack)
                elif opcode == 0x31:  # POP_MARK
                    _after_mark(stack, marks)
                elif opcode == 0x32:  # DUP
                    stack.append(stack[-1] if stack else _NOTHING)
                elif opcode == 0x64:  # DICT
                    made: dict[str, object] = {}
                    self._set_items(made, _after_mark(stack, marks))
                    stack.append(made)
                elif opcode == 0x6C or opcode == 0x91:  # LIST, FROZENSET
                    _after_mark(stack, marks)
                    stack.append(_NOTHING)
                elif opcode == 0x6F:  # OBJ
                    items = _after_mark(stack, marks)
                    function = items.pop(0) if items else _NOTHING
                    stack.append(self._call(function, self._tuple(items)))
                elif 0x82 <= opcode <= 0x84:  # EXT1, EXT2, EXT4
                    at += (1, 2, 4)[opcode - 0x82]
                    if at > size:
                        break
                    code = int.from_bytes(buffer[start + 1 : at], "little")
                    self._note(f"extension {code} of copyreg", "unknown")
                    stack.append(_Call(None))
                else:
                    self._break("the pickle has bytes that are no opcode")
                    return -1
            else:
                return -1
            left += 1
            self._rest = buffer[start:]
            return -1
        finally:
            self._opcodes = left

    def _lines(self, opcode: int, line: bytes) -> None:
        """Carry out *opcode*, whose argument is *line*, or two lines."""
        stack = self._place.stack
        if opcode in b"ci":
            module, _, name = line.partition(b"\n")
            function = self._import(str(module, "utf-8", "replace"), str(name, "utf-8", "replace"))
            if opcode == ord("i"):
                arguments = self._tuple(_after_mark(stack, self._place.marks))
                function = self._call(function, arguments)
            stack.append(function)
        elif opcode in b"gp":
            index = _number(line)
            if index is None or index < 0:
                self._break("a place in the memo of the pickle is no number")
            elif opcode == ord("g"):
                stack.append(self._place.at(index))
            else:
                self._place.put(index, self._remembered(stack[-1]) if stack else _NOTHING)
        elif opcode == ord("V"):
            stack.append(_unescaped(line, "raw-unicode-escape"))
        elif opcode == ord("S"):
            stack.append(_unescaped(line.strip()[1:-1], ""))
        elif opcode in b"IL":
            index = _number(line.rstrip(b"L"))
            stack.append(_NOTHING if index is None else index)
        else:
            stack.append(_NOTHING)

    def _remembered(self, value: object) -> object:
        """Return *value*, or what matters to nobody where there is no room to remember it."""
        if type(value) is str:
            self._kept += 64 + len(value)
        elif type(value) is _Call or type(value) is _Bytes:
            self._kept += 256
        elif type(value) is _Import or type(value) is int:
            return value
        else:
            return _NOTHING
        return value if self._kept < _MOST_KEPT else _NOTHING

    def _tuple(self, items: list[object]) -> object:
        self._values += 1
        if len(items) > _LONGEST_TUPLE or self._values > _MOST_VALUES:
            return _NOTHING
        return tuple(items)

    def _set_items(self, target: object, items: list[object]) -> None:
        if type(target) is not dict:
            return
        for key, value in zip(items[:128:2], items[1:128:2], strict=False):
            if type(key) is not str:
                continue
            if key == "_sklearn_version" and type(value) is str and not self.sklearn:
                self.sklearn = value[:40]
            self._values += 1
            if len(target) < _LONGEST_TUPLE and self._values <= _MOST_VALUES:
                target[key] = value

    def _import(self, module: object, name: object) -> _Import | _Call:
        self.has_imports = True
        if type(module) is not str or type(name) is not str:
            # Where no more strings could be remembered, that may be why.
            self._note(COMPUTED, "unknown" if self._kept >= _MOST_KEPT else "dangerous")
            return _Call(None)
        key = module, name, self._place.protocol
        known = self._imports.get(key)
        if known is None:
            if len(self._imports) >= _MOST_IMPORTS:
                self._note(f"more than {_MOST_IMPORTS:,} different names", "unknown")
                return _Call(None)
            known = self._imports[key] = _judged(*key)
        if known.verdict != "harmless":
            self._noted.named[known.path] = known.verdict
        return known

    def _call(self, function: object, arguments: object) -> _Call:
        self._values += 1
        if type(function) is _Import:
            if function.path == _LOADS_BYTES:
                first = arguments[0] if type(arguments) is tuple and arguments else None
                if type(first) is not _Bytes or not first.is_walked:
                    self._note(_LOADS_BYTES, "unknown")
            return _Call(function, arguments) if self._values <= _MOST_VALUES else _Call(None)
        # What comes of a call is no name that could be judged.
        if type(function) is _Call and function.function is not None:
            made = function.function
            verdict = "unknown" if made.verdict == "harmless" else "dangerous"
            self._note(f"a call of what `{made.path}` returns", verdict)
        else:
            is_sure = self._values <= _MOST_VALUES and self._kept < _MOST_KEPT
            self._note(
                "a call of what is computed while it is loaded",
                "dangerous" if is_sure else "unknown",
            )
        return _Call(None)

    def _build(self, target: object, state: object) -> bool:
        """Give *target* its *state*; tell whether the content of an array follows."""
        if type(target) is _Import:
            self._note(f"a state for `{target.path}` itself", "unknown")
        if type(target) is not _Call or target.function is None:
            return False
        target.state = state
        if self._is_fork or target.made != _ARRAY_WRAPPER:
            return False
        if not self.has_arrays and not self._depth and not self._outer:
            self._fork = Pickles(depth=1, opcodes=self._opcodes)
            self._fork._continue(self._place)  # noqa: SLF001
        self._begin_array(state if type(state) is dict else {})
        return True

    def _continue(self, place: _Place) -> None:
        """Walk on from *place* as one that knows nothing of arrays."""
        self._place = place.copy()
        self._is_between = False
        self._is_fork = True

    def _begin_array(self, state: dict[str, object]) -> None:
        """Pass over the elements of the array with *state*, or walk the pickle that holds them."""
        shape, size = state.get("shape"), _item_size(state.get("dtype"))
        if size is None or type(shape) is not tuple or not all(type(n) is int for n in shape):
            self._break("an array in the pickle has no plain type or shape")
        elif size == 0:
            if len(self._outer) >= _DEEPEST:
                self._leave("arrays of objects that are in one another too deep")
                return
            self._outer.append(self._place)
            self._place = _Place()
        else:
            content = max(math.prod(shape), 0) * size
            if type(state.get("numpy_array_alignment_bytes")) is int:
                self._array = content
            else:
                self._passing = content

    def _enter_nested(self) -> None:
        value = _Bytes()
        self._place.stack.append(value)
        self._nested += 1
        if self._depth >= _DEEPEST or self._nested > _MOST_NESTED:
            self._note("pickles in byte strings that were not looked at", "unknown")
            return
        self._into = Pickles(depth=self._depth + 1, opcodes=self._opcodes), value

    def _leave_nested(self) -> None:
        if self._into is None:
            return
        inner, value = self._into
        self._into = None
        inner.finish()
        self._opcodes = min(self._opcodes, max(inner._opcodes, 0))  # noqa: SLF001
        value.is_walked = inner.count > 0
        for name in inner.dangerous:
            if inner.count or name != COMPUTED:
                self._noted.named[name] = "dangerous"
        for name in inner.unknown if inner.count else ():
            self._noted.odd.setdefault(name, "unknown")

    def _persistent(self, value: object) -> None:
        """Take note of a storage of PyTorch's: `("storage", type, key, location, elements)`."""
        if type(value) is not tuple or len(value) < 5 or value[0] != "storage":
            return
        kind, key, elements = value[1], value[2], value[4]
        if type(kind) is not _Import or type(key) is not str or type(elements) is not int:
            return
        if key in self._seen_storages or len(self._seen_storages) >= _MOST_STORAGES:
            return
        self._seen_storages.add(key)
        self.tensors += 1
        name = kind.path.rpartition(".")[2].removesuffix("Storage").lower()[:40]
        if len(self.storages) < 40:
            self.storages[name] = self.storages.get(name, 0) + max(elements, 0)

    def _stop(self) -> None:
        """Take note of the end of a pickle; what it found counts."""
        place = self._place
        if self._outer:
            self._place = self._outer.pop()
            return
        top = place.stack[-1] if place.stack else _NOTHING
        if not self.count and type(top) is int and top == _TORCH_MAGIC:
            self.is_torch = True
        if not self.made and type(top) is _Call:
            made = top.made
            self.made = made if made.rpartition(".")[2][:1].isupper() else ""
        self.count += 1
        self._settle(is_pickle=not self._is_fork)
        self._place = _Place()
        self._is_between = True
        if self.count >= _MOST_PICKLES:
            self._leave(f"what follows the first {_MOST_PICKLES:,} pickles")

    def _break(self, problem: str) -> None:
        """End here: the bytes are no pickle, or no longer."""
        if not self.count:
            self.problem = problem
        self._settle(is_pickle=not self.count and not self._is_fork)
        self.is_over = True

    def _leave(self, unread: str) -> None:
        """End here, though it could go on."""
        self.unread = unread
        self._note(unread, "unknown")
        self._settle(is_pickle=not self._is_fork)
        self.is_over = True

    def _settle(self, *, is_pickle: bool) -> None:
        """Keep what was noted; of bytes that may be something else only what is named."""
        for path, verdict in self._noted.named.items():
            if verdict == "dangerous":
                self._dangerous[path] = None
            elif is_pickle:
                self._unknown[path] = None
        for path, verdict in self._noted.odd.items() if is_pickle else ():
            (self._dangerous if verdict == "dangerous" else self._unknown)[path] = None
        self._noted = _Noted()

    def _note(self, what: str, verdict: str) -> None:
        if self._noted.odd.get(what) != "dangerous":
            self._noted.odd[what] = verdict


def _judged(module: str, name: str, protocol: int) -> _Import:
    if len(module) + len(name) > _LONGEST_PATH or (module + name).count(".") > _MOST_DOTS:
        # Nothing is called so but to be overlooked, and judging takes time with each dot.
        return _Import(_shown(f"{module}.{name}"), "dangerous")
    there, that = effective(module, name, protocol)
    verdict: str = judge(there, that)
    if judge(module, name) == "dangerous":
        verdict = "dangerous"
    path = f"{there}.{that}"
    return _Import(path if is_plain(path) else _shown(path), verdict)


def _shown(path: str) -> str:
    return path[:_LONGEST_NAME].encode("unicode-escape").decode()[:_LONGEST_NAME]


def _pop(stack: list[object]) -> object:
    return stack.pop() if stack else _NOTHING


def _after_mark(stack: list[object], marks: list[int]) -> list[object]:
    start = marks.pop() if marks else 0
    items = stack[start:]
    del stack[start:]
    return items


def _shorten(stack: list[object], marks: list[int]) -> None:
    """Forget most of a stack that is longer than any model's, but not what is below its mark."""
    last = marks[-1] if marks else 0
    if last < _MOST_ON_STACK // 2:
        del stack[last:-16]
    else:
        removed = len(stack) - 1000
        del stack[:removed]
        marks[:] = [max(mark - removed, 0) for mark in marks]


def _number(line: bytes) -> int | None:
    try:
        return int(line)
    except ValueError:
        return None


def _unescaped(line: bytes, encoding: str) -> object:
    """Return *line* as text by *encoding*, by that of byte strings where there is none."""
    if len(line) > _LONGEST_NAME * 4:
        return _NOTHING
    try:
        text = line.decode(encoding) if encoding else codecs.escape_decode(line)[0].decode()
    except ValueError:
        text = line.decode("latin-1")
    return text if len(text) <= _LONGEST_NAME else _NOTHING


def _item_size(dtype: object) -> int | None:
    """Return how many bytes an element has; 0 for objects, None where that is not plain."""
    if (
        type(dtype) is not _Call
        or dtype.made != "numpy.dtype"
        or type(dtype.arguments) is not tuple
    ):
        return None
    code = dtype.arguments[0] if dtype.arguments else None
    if type(code) is not str or not re.fullmatch(r"[biufcmMSUVO][0-9]{1,9}", code):
        return None
    flags = dtype.state[7] if type(dtype.state) is tuple and len(dtype.state) > 7 else 0
    # A structure that holds objects (NPY_ITEM_REFCOUNT) is pickled as objects are.
    if code[0] == "O" or (type(flags) is int and flags & 1):
        return 0
    return int(code[1:]) * (4 if code[0] == "U" else 1)
