"""The report: with nothing, something and everything saved, and with names that mean harm."""

import base64
import dataclasses
import os
import re
import sys
from html.parser import HTMLParser

import pytest

from helpers.__main__ import main
from helpers.answer import words
from helpers.answer.report import JOBS, make_report
from helpers.cells.predict import predict_which
from helpers.core import store as records
from helpers.core.machine import Capacity
from helpers.errors import LabError
from tests.unit.results import MACHINE, curves, result, run

HOSTILE = "<script>alert(1)</script>\" onload='x' & $\\frac \u202e\x1b[2J"
VOID = {"meta", "img", "source", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Reads a page, refuses tags that do not match, and keeps what was found."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def both(**others):
    shape = {"threads": {2: 1.0, 4: 1.0}, "processes": {2: 1.6, 4: 2.2}}
    other = {"threads": {2: 1.5, 4: 1.6}, "processes": {2: 1.7, 4: 2.1}}
    return [
        curves(shape, job="strings", title="The strings", **others),
        curves(other, job="pictures", title="The pictures", **others),
        curves(other, job="finished", title="The finished pictures", **others),
    ]


def saved(folder, *results):
    for number, one in enumerate(results):
        records.save(one, folder / f"{number}.json")
    return make_report(folder)


def check(report):
    """Return the page of a report that holds what every page must hold."""
    html = report.html()
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>") and page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) == 1 and len(page.all("h1")) == 1
    assert page.all("script") == [] and page.all("link") == []
    assert not [name for _, found in page.found for name in found if name.startswith("on")]
    addresses = [found.get(name) for _, found in page.found for name in ("src", "srcset", "href")]
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses if address)
    outside = re.sub(r"data:image/svg\+xml;base64,[\w+/=]+", "", html)
    assert "http:" not in outside and "https:" not in outside and "url(" not in outside
    assert all(image["alt"] for image in page.all("img"))
    assert len(html) < 2_000_000
    return page


def test_with_nothing_saved_recordings_stand_in_and_are_called_so(tmp_path):
    report = make_report(tmp_path / "missing")
    page = check(report)
    assert all(part.recorded for part in report.parts.values())
    assert page.text.count("recorded on another machine") >= 2
    assert "yours is not measured yet" in page.text
    assert "open 00_start_here or 02_a_long_list_of_strings" in page.text
    assert report.surprises == [] and "No prediction is saved" in page.text


def test_without_recordings_there_is_a_page_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDINGS", tmp_path / "none")
    page = check(make_report(tmp_path / "missing"))
    assert "none of yours is measured" in page.text


def test_with_one_job_saved_the_other_is_recorded(tmp_path):
    report = saved(tmp_path, both()[0])
    page = check(report)
    assert (report.parts["strings"].recorded, report.parts["pictures"].recorded) == (False, True)
    assert "Your strings" in page.text and "Your drawn pictures are not measured yet" in page.text
    assert "No prediction for your strings was committed" in page.text


def test_with_everything_saved_nothing_is_open(tmp_path):
    results = both(prediction={"threads": 2.0, "processes": 1.6})
    records.save(results[0], tmp_path / "a.json")
    records.save(results[1], tmp_path / "b.json")
    records.save(results[2], tmp_path / "c.json")
    report = make_report(tmp_path, {"strings": ["threads"], "pictures": None})
    page = check(report)
    assert report.missing == [] and "Still open" not in page.text
    assert "recorded on another machine" not in page.text
    assert report.expected == {"strings": ["threads"]}
    assert "The strings" in page.text and "A processor" in page.text
    assert "slower than you said" in page.text
    assert "1 of 6" not in page.text and "of 6 predictions were off" in page.text


def test_threads_alone_are_told_to_lack_processes(tmp_path):
    report = saved(tmp_path, curves({"threads": {2: 1.3}}, job="pictures"))
    assert any("not measured with processes: open 00" in said for said in report.missing)
    assert "Not told yet" in check(report).text


def test_the_result_with_more_kinds_then_a_prediction_then_the_newest_is_reported(tmp_path):
    strings = both()[0]
    one = dataclasses.replace(strings, made="2026-11-20T00:00:00+00:00", prediction={"threads": 1})
    two = dataclasses.replace(strings, made="2026-11-24T00:00:00+00:00")
    few = curves({"threads": {2: 1.0}}, job="strings", made="2026-11-25T00:00:00+00:00")
    report = saved(tmp_path, one, two, few)
    assert report.parts["strings"].result.made == one.made
    assert len(report.others) == 2 and "Also saved" in check(report).text


def test_a_result_of_a_quiet_machine_is_reported_rather_than_one_of_a_busy_machine(tmp_path):
    busy = Capacity((1, 2, 4), ((1.0,), (1.9,), (3.8,)), core_shares=(0.5,))
    made = {"made": "2026-11-25T00:00:00+00:00", "prediction": {"threads": 1.0}}
    strings, pictures, _ = both(capacity=busy, **made)
    report = saved(tmp_path, strings, pictures)
    assert "The machine was busy" in report.figures
    assert any("Your strings were measured on a busy machine" in said for said in report.missing)
    records.save(both()[0], tmp_path / "quiet.json")
    assert make_report(tmp_path).parts["strings"].result.made == both()[0].made


def test_the_bars_of_a_card_say_how_many_workers_they_are_of(tmp_path):
    assert "threads, 4" in check(saved(tmp_path, *both())).text


def test_results_of_another_machine_or_python_stand_apart(tmp_path):
    free = dataclasses.replace(MACHINE, python="3.14.0", gil=False)
    late = dataclasses.replace(both()[0], machine=free, made="2026-12-01T00:00:00+00:00")
    report = saved(tmp_path, *both(), late)
    assert all(part.result.machine.gil for part in report.parts.values())
    assert "no lock" in check(report).text


def test_a_stopped_run_is_no_result_to_report(tmp_path):
    report = saved(tmp_path, result(job="strings"))
    assert report.parts["strings"].recorded
    assert "no round complete" in check(report).text


def test_hostile_names_are_text_and_nothing_else(tmp_path):
    machine = dataclasses.replace(MACHINE, cpu=HOSTILE, system=HOSTILE, python=HOSTILE)
    results = [
        dataclasses.replace(one, title=HOSTILE, made=HOSTILE, machine=machine)
        for one in both(prediction={"threads": 1.0, HOSTILE: 2.0})
    ]
    report = saved(tmp_path, *results, curves({"threads": {2: 1.0}}, job=HOSTILE, title=HOSTILE))
    (tmp_path / "<img src=x onerror=alert(1)>.json").write_text("{", encoding="utf-8")
    report = make_report(tmp_path)
    page = check(report)
    assert "<script>alert(1)</script>" in page.text  # as text
    html, shown = report.html(), report._repr_html_()
    assert "\u202e" not in html and "\x1b" not in html
    assert "<img src=x" not in shown and "<script>" not in shown


def test_endless_names_are_cut(tmp_path):
    report = saved(tmp_path, dataclasses.replace(both()[0], title="long " * 190))
    assert "…" in check(report).text


def test_figures_are_images_without_scripts(tmp_path):
    page = check(saved(tmp_path, *both()))
    pictures = [image["src"] for image in page.all("img")]
    assert len(pictures) == 4 == len(page.all("source"))
    for address in pictures:
        svg = base64.b64decode(address.partition(",")[2]).decode()
        assert "<svg" in svg and "<script" not in svg


def test_files_that_are_no_results_are_named_and_the_others_stay(tmp_path):
    for name, content in {
        "cut.json": b"{",
        "list.json": b"[]",
        "bin.json": b"\x80\x04K\x01.",
    }.items():
        (tmp_path / name).write_bytes(content)
    report = saved(tmp_path, *both())
    assert sorted(report.refused) == ["bin.json", "cut.json", "list.json"]
    assert not report.parts["strings"].recorded
    page = check(report)
    assert all(name in page.text for name in report.refused)


def test_the_report_as_text_names_every_job(tmp_path):
    text = str(saved(tmp_path, *both(prediction={"threads": 1.0})))
    assert all(f"\n{job}:" in text for job in JOBS)
    assert text.startswith("Yes. Whether threads make it faster depends on the job.")


# -- where it goes ---------------------------------------------------------------------


def test_it_is_saved_beside_the_results_or_where_one_says(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    report = make_report()
    assert report.save() == tmp_path / "results" / "report.html"
    assert report.save(tmp_path / "mine.html").read_text(encoding="utf-8") == report.html()
    assert make_report().refused == {}  # a page is no result


def test_a_place_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LabError, match="a folder that can be written to"):
        make_report(tmp_path).save(tmp_path / "file" / "report.html")


def test_from_a_terminal(tmp_path, capsys):
    saved(tmp_path, *both())
    assert main(["report", "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out.rstrip().endswith("report.html")
    assert (tmp_path / "report.html").is_file()
    out = tmp_path / "other.html"
    assert main(["report", "--folder", str(tmp_path), "--output", str(out)]) == 0
    assert out.is_file()
    capsys.readouterr()
    assert main(["report", "--folder", str(tmp_path / "no")]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "there is no folder" in captured.err


# -- results from elsewhere ----------------------------------------------------------------


@pytest.mark.parametrize(("n_workers", "kinds"), [(3, ["serial"]), (1, ["threads"]),
                                                  (1000, ["serial", "processes"])])  # fmt: skip
def test_runs_with_any_worker_counts_make_a_report(tmp_path, n_workers, kinds):
    runs = [run(kind, n_workers, number) for number in (0, 1, 2) for kind in kinds]
    records.save(result(*runs, job="strings"), tmp_path / "one.json")
    report = make_report(tmp_path)
    assert report.refused == {} and str(report) and report.html()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' file names are text")
def test_a_report_of_files_whose_names_are_no_text_is_saved(tmp_path):
    os.rename(records.save(result(), tmp_path / "a.json"), os.fsencode(tmp_path) + b"/\xff.json")
    (tmp_path / "\udcfe.json").write_text("no result")
    page = make_report(tmp_path).save(tmp_path / "report.html").read_text("utf-8")
    assert "\\udcfe.json" in page


# -- what the notebook says --------------------------------------------------------------


def test_it_shows_itself_in_a_frame_in_which_nothing_can_run(tmp_path):
    shown = saved(tmp_path, *both()).shown(tmp_path / "report.html")
    frame = Page(shown._repr_html_()).all("iframe")[0]
    assert frame["sandbox"] == "" and frame["srcdoc"] == shown.html
    assert shown.path.read_text(encoding="utf-8") == shown.html
    assert repr(shown) == "The report is saved as report.html, beside your results."


def test_long_jobs_are_told_with_the_start(tmp_path):
    report = saved(tmp_path, *both())
    ten, thirty = report.long_jobs("strings")
    assert "that takes the plain loop 10 s takes four processes about 4.8 s" in ten
    assert "30 s takes four processes about 14 s" in thirty
    never = curves({"processes": {2: 0.5}}, job="finished")
    assert "longer than the plain loop" in words.long_jobs(never)[0]
    unknown = curves({"threads": {2: 1.5}}, job="finished")
    assert words.long_jobs(unknown) == ["Processes were not measured for the finished pictures."]


def test_a_saved_result_is_a_line():
    [line] = words.saved_lines(both(prediction={"threads": 2.0})[:1])
    assert line.endswith("strings: 4 threads 1.00×, 4 processes 2.20×; you had said threads 2.0×.")


def test_first_thoughts_are_compared_with_what_was_measured():
    guess = predict_which("Which?", ["strings", "pictures", "finished"])
    guess.controls["strings"].value = True
    guess.commit()
    measured = {one.job: one for one in both()}
    [said] = words.first_thoughts({"threads": guess}, measured)
    assert said == "Threads made faster: pictures, finished. Your prediction was right for 0 of 3."
    assert words.first_thoughts({"threads": guess}, {}) == [
        "Nothing is measured yet: choose above, then run on."
    ]


def test_on_one_cpu_a_gain_is_called_chance_and_no_start_is_won_back():
    here = dataclasses.replace(MACHINE, usable_cpus=1.0, quota_cpus=1.0)
    found = curves({"threads": {2: 1.4}, "processes": {2: 1.3}}, machine=here)
    said = " ".join(words.answer(found))
    assert said.count("With one CPU that is chance, or a short burst.") == 2
    assert "pay from" not in said and "sooner" not in said
    assert words.long_jobs(found)[0].startswith("With one CPU, processes make no long job")
    assert words.headline([found])[0] == "Yes, but here threads make nothing faster."
