from boxwright.text.joined import Joined
from boxwright.text.source import Span

# The source is "RUN a \\\n  && b \\\n  c": three lines, two continuations.
JOINED = Joined.of([("RUN a ", 0), ("  && b ", 8), ("  c", 17)])


def test_pieces_are_put_together() -> None:
    assert JOINED.text == "RUN a   && b   c"
    assert list(JOINED.pieces()) == [("RUN a ", 0), ("  && b ", 8), ("  c", 17)]


def test_each_character_knows_where_it_stood() -> None:
    offsets = [JOINED.offset(index) for index in (0, 5, 6, 12, 13, 15)]

    assert offsets == [0, 5, 8, 14, 17, 19]


def test_a_span_ends_behind_its_last_character_not_at_the_next_piece() -> None:
    assert JOINED.span(4, 6) == Span(4, 6)
    assert JOINED.span(4, 7) == Span(4, 9)
    assert JOINED.span(6, 6) == Span(8, 8)


def test_a_slice_knows_where_its_characters_stood() -> None:
    part = JOINED.slice(4, 14)

    assert part.text == "a   && b  "
    assert list(part.pieces()) == [("a ", 4), ("  && b ", 8), (" ", 17)]
    assert part.slice(2, 4).span(0, 2) == Span(8, 10)


def test_an_empty_text_has_a_place() -> None:
    empty = Joined.of([], at=7)

    assert (empty.text, len(empty), empty.span(0, 0)) == ("", 0, Span(7, 7))
    assert JOINED.slice(6, 6).span(0, 0) == Span(8, 8)
