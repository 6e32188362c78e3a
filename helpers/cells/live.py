"""What cells show: pictures that grow, words below them, and what stays in the saved notebook."""

import base64
import contextlib
import dataclasses
import threading
from html import escape

from IPython import get_ipython
from IPython.display import display

from ..core import store as records
from ..core import worker
from ..core.machine import ONE_CPU
from ..core.scaling import begin_result, extend
from ..draw import style
from ..draw.scaling import plot_scaling
from ..errors import LabError, Stopped
from ..jobs.pictures import encode
from ..judge.words import sentences

LOOK = {  # of a slider or a menu
    "style": {"description_width": "8em"},
    "layout": {"width": "32em", "max_width": "100%"},
}
WRAP = {"flex_flow": "row wrap"}  # of controls side by side, where a window is narrow
REDRAW_S = 0.5  # a chart takes about 0.1 s to draw, between two runs and never during one

_one_at_a_time = threading.Lock()


@contextlib.contextmanager
def exclusive():
    """Hold the machine for one experiment: two at once would only measure each other.

    Raises:
        LabError: another experiment is running in this kernel.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise LabError(
            "one experiment runs at a time, and another is running in this notebook: "
            "press its Stop, or wait for its end"
        )
    try:
        yield
    finally:
        _one_at_a_time.release()


class Picture:
    """A place in a notebook that shows one chart with words below it, and can be updated.

    It may be updated from any thread, one at a time. The last picture stays in the saved
    notebook as an ordinary image.
    """

    def __init__(self):
        self._handle = None

    def place(self, text):
        """Make room for the picture in the cell that runs now, with a line of text in it."""
        data = {"text/html": f"<em>{escape(text)}</em>", "text/plain": text}
        if get_ipython() is not None:
            self._handle = display(data, raw=True, display_id=True)

    def update(self, figure, html="", text=""):
        """Show ``figure``, with ``html`` below it; ``text`` is the same words without tags."""
        data, metadata = bundle(figure, html, text)
        if get_ipython() is None:  # a plain script: display() would print the image's bytes
            if text:
                print(data["text/plain"])
        elif self._handle is None:
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self._handle.update(data, metadata=metadata, raw=True)


def bundle(figure, html="", text=""):
    """Return a figure as (data, metadata) for Jupyter: an image with alternative text."""
    image = style.png(figure)
    width = round(100 * figure.get_size_inches()[0])
    alt = style.alt_text(figure)
    images = _images(style.parts(figure, image))
    data = {
        "image/png": _base64(image),
        "text/html": (f'<figure style="margin:0">{images}<figcaption>{html}</figcaption></figure>'),
        "text/plain": "\n".join(part for part in (alt, text) if part),
    }
    return data, {"image/png": {"width": width, "alt": alt}}


def _images(parts):
    """Return the HTML of one image, or of two side by side.

    Two shrink together down to seven tenths; in a narrower window the second comes below.
    """
    look, images = "max-width:100%", []
    widest_in = max(width_in for _, width_in, _ in parts)
    for image, width_in, words in parts:
        width = 100 * width_in
        if len(parts) > 1:
            most = 100 * width_in / widest_in  # so that letters are as large in both
            look = (
                f"flex:{width:.1f} 1 {0.7 * width:.1f}px;max-width:min({width:.1f}px,{most:.1f}%);"
                "align-self:flex-start;min-width:0"
            )
        images.append(
            f'<img alt="{escape(words)}" width="{round(width)}" style="{look};height:auto" '
            f'src="data:image/png;base64,{_base64(image)}">'
        )
    if len(parts) == 1:
        return images[0]
    width = round(100 * sum(width_in for _, width_in, _ in parts))
    look = f"display:flex;flex-wrap:wrap;background:white;max-width:{width}px;margin-bottom:5px"
    return f'<div style="{look}">{"".join(images)}</div>'


def _base64(image):
    return base64.b64encode(image).decode()


def show(ax, html="", text=""):
    """Display the figure of some Axes in a notebook, with its alternative text."""
    Picture().update(ax.figure, html, text)


def show_image(image, alt):
    """Display a Pillow image in a notebook, with what is to be seen on it as alternative text."""
    if get_ipython() is None:
        print(alt)
        return
    html = _images([(encode(image, "PNG"), image.width / 100, alt)])
    display({"text/html": html, "text/plain": alt}, raw=True)


def say(*lines):
    """Display sentences as paragraphs: what ``print`` writes is broken in the middle of words.

    Each may be any object that ``str`` makes a sentence of.
    """
    text = "\n".join(map(str, lines))
    if get_ipython() is None:
        print(text)
        return
    display({"text/html": paragraphs(lines), "text/plain": text}, raw=True)


def paragraphs(lines):
    """Return lines as HTML, a paragraph for each; they may be anything that has a ``str``.

    >>> paragraphs(["1 < 2", 3])
    '<p>1 &lt; 2</p><p>3</p>'
    """
    return "".join(f"<p>{escape(str(line))}</p>" for line in lines)


def in_words(sentences):
    """Return sentences as (html, text) for below a picture; the first is in bold type."""
    html = paragraphs(sentences).replace("<p>", '<p style="font-weight:bold">', 1)
    return html, "\n".join(sentences)


def progress_bar(done, planned):
    """Return the HTML of a bar for ``done`` of ``planned`` runs."""
    return f'<progress max="{planned}" value="{done}"></progress>'


@contextlib.contextmanager
def one_line_when_interrupted():
    """Turn a kernel interrupt inside a ``with`` into one line, a ``Stopped``."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(
            "Stopped: nothing is left running. Run this cell again before those below."
        ) from None


def display_widget(widget, text):
    """Display a widget, with ``text`` for where widgets cannot be shown (a printed page)."""
    if get_ipython() is None:
        print(text)
        return
    data = widget._repr_mimebundle_()
    data, metadata = data if isinstance(data, tuple) else (data, {})
    display({**data, "text/plain": text}, metadata=metadata, raw=True)


def run_live(experiment, prediction=None):
    """Run an experiment in this cell, its chart growing below, and return the ``Result``.

    Args:
        experiment: a ``helpers.core.scaling.Experiment``.
        prediction: a ``Prediction``; what was committed in it is drawn on the chart.

    Raises:
        Stopped: the kernel was interrupted. No worker is left; the chart keeps the runs.
        LabError: as ``Experiment.run``.
    """
    watch = None
    with exclusive():
        try:
            watch = Watch(experiment, prediction)
            with contextlib.closing(experiment.run()) as runs:
                for run in runs:
                    watch.add(run)
        except KeyboardInterrupt:
            n_runs, kept = 0, "too few to draw"
            if watch is not None:
                n_runs = len(watch.result.runs)
                # The first round only warms up.
                kept = "the chart keeps them" if watch.result.points() else kept
                watch.finish("Stopped.")
            raise Stopped(
                f"Stopped after {n_runs} of {experiment.n_runs} runs: {kept}, and "
                "nothing is left running. Run this cell again before those below."
            ) from None
        except LabError:
            if watch is not None:
                watch.finish("Refused.")
            raise
        watch.finish()
        return watch.result


class Watch:
    """A result that grows run by run, drawn as it grows, with progress and then a verdict."""

    def __init__(self, experiment, prediction=None, on_progress=None, picture=None):
        self.experiment = experiment
        self.result = dataclasses.replace(
            begin_result(experiment),
            prediction=dict(prediction.values) if prediction else {},
            prediction_n_workers=prediction.n_workers if prediction else 2,
        )
        few_cpus = self.result.machine.usable_cpus < ONE_CPU
        self.recorded = records.load_recording(experiment.job.name) if few_cpus else None
        self._on_progress = on_progress
        self._picture = picture or Picture()
        self._began_s = worker.now()
        self._drawn_s = 0.0
        self._draw(self._progress())

    def add(self, run):
        """Take in one finished run."""
        self.result = extend(self.result, run, self.experiment)
        if worker.now() - self._drawn_s >= REDRAW_S:
            self._draw(self._progress())

    def finish(self, note=""):
        """Draw the chart for the last time, with the verdict below it."""
        said = [note] * bool(note) + sentences(self.result)
        if self.recorded is not None:
            other = self.recorded.title != self.result.title
            what = f', for another variant of the job: "{self.recorded.title}"' * other
            said.append(
                "Only one CPU is usable here, so workers cannot compute side by side: where a "
                "curve of yours rises, other programs disturbed it. The thin lines were recorded "
                f"on {self.recorded.made[:10]} on another machine ({self.recorded.machine}){what}."
            )
        self._draw(*in_words(said))

    def _progress(self):
        done, planned = len(self.result.runs), self.experiment.n_runs
        text = f"run {done} of {planned}"
        if done:
            left_s = (worker.now() - self._began_s) / done * (planned - done)
            text += f", about {left_s:.0f} s to go"
        if self._on_progress is not None:
            self._on_progress(done, planned, text)
            return ""
        return f"{progress_bar(done, planned)} {text}"

    def _draw(self, html, text=""):
        ax = plot_scaling(
            self.result, worker_counts=self.experiment.worker_counts, recorded=self.recorded
        )
        self._picture.update(ax.figure, html, text)
        self._drawn_s = worker.now()
