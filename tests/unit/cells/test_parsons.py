"""A Parsons problem: lines that are moved by buttons."""

from helpers.cells.parsons import Parsons


def test_lines_are_moved_by_their_buttons():
    puzzle = Parsons(["first", "second", "third"])
    given = list(puzzle.order)
    assert sorted(given) == ["first", "second", "third"] and given != puzzle.solution
    assert puzzle.untouched
    puzzle.controls["down 1"].click()
    assert puzzle.order == [given[1], given[0], given[2]]
    assert not puzzle.untouched
    puzzle.controls["up 2"].click()
    assert puzzle.untouched


def test_the_first_line_cannot_go_up_nor_the_last_down():
    puzzle = Parsons(["a", "b", "c"])
    given = list(puzzle.order)
    puzzle.move(0, -1)
    puzzle.move(2, 1)
    assert puzzle.order == given
    assert puzzle.controls["up 1"].disabled and puzzle.controls["down 3"].disabled


def test_a_puzzle_is_mixed_in_the_same_way_every_time_and_shows_code_as_it_is():
    lines = ["if a < b:", "    return a", "return b"]
    puzzle = Parsons(lines)
    assert puzzle.order == Parsons(lines).order
    assert repr(puzzle) == "\n".join(puzzle.order)
    assert any("if a &lt; b:" in row.children[2].value for row in puzzle.box.children)
