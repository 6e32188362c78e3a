"""The data file: what it holds, that it is checked, and that its readers cannot spoil it."""

import gzip
import subprocess
import sys
from itertools import chain

import pytest

from helpers.jobs.places import (
    N_BYTES,
    PLACES_FILE,
    load_places,
    load_spellings,
    spellings_of_places,
)
from tests.unit.refusals import refusal


def test_every_place_is_on_earth_and_named():
    for place in load_places():
        assert place.name
        assert len(place.country) == 2 and place.country.isupper()
        assert -90 <= place.latitude <= 90 and -180 <= place.longitude <= 180
        assert place.population >= 0


def test_places_come_with_the_most_populous_first():
    populations = [place.population for place in load_places()]
    assert len(populations) == 34_006
    assert populations == sorted(populations, reverse=True)


def test_a_place_holds_each_spelling_once_and_none_is_empty():
    for place, spellings in zip(load_places(), spellings_of_places(), strict=True):
        assert spellings[0] == place.name
        assert all(spellings)
        assert len(set(spellings)) == len(spellings)


def test_spellings_are_those_of_the_places_in_order():
    expected = list(chain.from_iterable(spellings_of_places()))
    assert load_spellings() == expected
    assert len(expected) == 356_711


@pytest.mark.parametrize("n", [1, 2, 60_000, 356_711])
def test_the_first_n_spellings(n):
    assert load_spellings(n) == load_spellings()[:n]


@pytest.mark.parametrize("n", [0, -1, 356_712, 10**9, 2.0, "10", True, float("nan")])
def test_a_number_of_spellings_that_makes_no_sense_is_refused(n):
    message = refusal(load_spellings, n)
    assert "1 to 356,711" in message and repr(n) in message


def test_a_reader_that_changes_its_list_does_not_change_the_next_one():
    places, spellings = load_places(), load_spellings()
    load_places().clear()
    load_spellings().reverse()
    load_spellings(5).append("x")
    assert load_places() == places
    assert load_spellings() == spellings


def test_the_file_is_small_enough_to_ship():
    assert PLACES_FILE.stat().st_size == N_BYTES < 4_000_000


def test_a_copy_elsewhere_is_the_same(tmp_path):
    copy = tmp_path / "copy.csv.gz"
    copy.write_bytes(PLACES_FILE.read_bytes())
    assert load_places(copy) == load_places(str(copy)) == load_places()


@pytest.mark.parametrize("cut", [0, 1, 10, 1000, N_BYTES // 2, N_BYTES - 8, N_BYTES - 1])
def test_a_truncated_file_is_refused(tmp_path, cut):
    damaged = tmp_path / "places.csv.gz"
    damaged.write_bytes(PLACES_FILE.read_bytes()[:cut])
    message = refusal(load_places, damaged)
    assert f"{cut} bytes of {N_BYTES}" in message
    assert str(damaged) in message and "git checkout" in message


@pytest.mark.parametrize("at", [0, 4, 9, N_BYTES // 3, N_BYTES - 1])
def test_one_flipped_bit_is_refused(tmp_path, at):
    content = bytearray(PLACES_FILE.read_bytes())
    content[at] ^= 1
    damaged = tmp_path / "places.csv.gz"
    damaged.write_bytes(content)
    assert "damaged or edited" in refusal(load_places, damaged)


def test_an_edit_in_good_form_is_refused(tmp_path):
    text = gzip.decompress(PLACES_FILE.read_bytes()).replace(b"Shanghai", b"Shanghaj", 1)
    edited = tmp_path / "places.csv.gz"
    edited.write_bytes(gzip.compress(text, mtime=0))
    assert "damaged or edited" in refusal(load_places, edited)


def test_a_missing_file_is_refused(tmp_path):
    message = refusal(load_places, tmp_path / "nowhere.csv.gz")
    assert "nowhere.csv.gz" in message and "git checkout" in message


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    assert "must be readable" in refusal(load_places, tmp_path)


def test_the_data_are_found_from_any_working_directory_and_by_light_imports(tmp_path):
    code = (
        "import sys, helpers.jobs.places as places\n"
        "heavy = {'csv', 'gzip', 'hashlib', 'numpy', 'PIL', 'matplotlib'} & set(sys.modules)\n"
        "print(sorted(heavy), len(places.load_places()))"
    )
    got = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert got.stdout == "[] 34006\n"
