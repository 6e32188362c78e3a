"""A verdict as HTML: one headline, the ways that were tried as bars, the reasons, the code.

It is plain HTML, so that it takes the colours of a light or a dark theme, wraps on a narrow page
and can be read out.
"""

from html import escape

from ..draw import style
from .advice import seconds

_QUIET = "opacity:.75"


def advice_html(advice):
    """Return the HTML of an ``helpers.advice.advice.Advice``."""
    colour = style.colour(advice.kind)
    reasons = "".join(
        f'<li style="margin:.25em 0"><b>{escape(name.capitalize())}.</b> {escape(text)}</li>'
        for name, text in advice.reasons
    )
    tries = "".join(f'<li style="margin:.25em 0">{escape(t)}</li>' for t in advice.first_try)
    parts = [
        f'<p style="font-size:1.25em;font-weight:600;line-height:1.35;margin:0 0 .6em">'
        f"{escape(advice.headline)}</p>",
        _bars(advice),
        f'<ul style="margin:.7em 0;padding-left:1.2em">{reasons}</ul>' if reasons else "",
        f'<p style="margin:.7em 0 0"><b>Try first</b></p>'
        f'<ul style="margin:.2em 0 .7em;padding-left:1.2em">{tries}</ul>'
        if tries
        else "",
        f'<details><summary style="cursor:pointer">The code</summary><pre style="margin:.4em 0;'
        f'padding:.6em;white-space:pre-wrap">{escape(advice.code)}</pre></details>'
        if advice.code and advice.kind != "serial"
        else "",
        _figures(advice),
    ]
    return (
        f'<div style="border-left:6px solid {colour};padding:.2em 0 .2em 1em;max-width:52em;'
        f'line-height:1.45">{"".join(parts)}</div>'
    )


def _bars(advice):
    """Return a row for each way: its name, a bar with its quartiles, and its figures."""
    told = [way for way in advice.ways if way.speed_ups]
    if len(told) < 2:
        return ""
    capacity = advice.figures["capacity"]
    right = 1.08 * max([1.0, capacity or 1.0, *(way.quartiles[1] for way in told)])
    rows = "".join(_row(way, advice, right, capacity) for way in told)
    note = "Times the speed of the plain loop. "
    n_rounds = max(len(way.speed_ups) for way in told)
    if n_rounds > 1:
        note += f"Thin line: the middle half of {n_rounds} rounds. "
    if capacity is not None:
        note += f"Dashed: what the cores could do, {capacity:.2f}."
    return (
        '<table style="width:100%;table-layout:auto;border-collapse:collapse;margin:0">'
        f"{rows}</table>"
        f'<p style="font-size:.85em;{_QUIET};margin:.3em 0 0">{escape(note)}</p>'
    )


def _row(way, advice, right, capacity):
    name = "plain loop" if way.kind == "serial" else f"{way.kind}, {way.n_workers}"
    low, high = way.quartiles
    total_s = advice.evidence.total_s
    took = f"{seconds(total_s / way.speed_up)}" if total_s is not None else ""
    weight = "600" if (way.kind, way.n_workers) == (advice.kind, advice.n_workers) else "400"
    marks = _mark(1.0 / right, "1px solid currentColor")
    if capacity is not None:
        marks += _mark(capacity / right, "1px dashed currentColor")
    whisker = ""
    if way.kind != "serial" and len(way.speed_ups) > 1:
        whisker = (
            f'<div style="position:absolute;top:44%;height:2px;left:{100 * low / right:.1f}%;'
            f'width:{max(0.4, 100 * (high - low) / right):.1f}%;background:currentColor"></div>'
        )
    length = 100 * way.speed_up / right
    bar = (
        '<div style="position:relative;height:1.15em;min-width:5em">'
        f'<div style="position:absolute;top:0;bottom:0;left:0;width:{length:.1f}%;'
        f'background:{style.colour(way.kind)}"></div>{marks}{whisker}</div>'
    )
    cell = "padding:.2em .5em;border:0;vertical-align:middle;background:none"
    return (
        f'<tr style="background:none;font-weight:{weight}">'
        f'<th scope="row" style="{cell};text-align:left;white-space:nowrap;font-weight:{weight};'
        f'padding-left:0">{escape(name)}</th>'
        f'<td style="{cell};width:100%">{bar}</td>'
        f'<td style="{cell};text-align:right;white-space:nowrap">{way.speed_up:.2f}×</td>'
        f'<td style="{cell};text-align:right;white-space:nowrap">{escape(took)}</td></tr>'
    )


def _mark(share, line):
    return (
        f'<div style="position:absolute;top:-.15em;bottom:-.15em;left:{100 * share:.1f}%;'
        f'border-left:{line};opacity:.7"></div>'
    )


def _figures(advice):
    """Return the figures behind the words, folded."""
    rows = "".join(
        '<tr style="background:none">'
        f'<th scope="row" style="text-align:left;white-space:nowrap;font-weight:400;{_QUIET}">'
        f"{escape(name)}</th>"
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in facts(advice)
    )
    return (
        '<details><summary style="cursor:pointer">The figures behind it</summary>'
        f'<table style="margin:.4em 0">{rows}</table></details>'
    )


def facts(advice):
    """Return the figures behind an ``Advice`` as (name, value) strings; what is unknown says so."""
    f, e = advice.figures, advice.evidence
    unknown = "not measured"

    def told(value, form):
        return unknown if value is None else form(value)

    def percent(share):
        return f"{100 * share:.0f} %"

    items = "one call again and again" if f["n_items"] is None else f"{f['n_items']:,}"
    starts = ", ".join(f"{kind} {seconds(s)}" for kind, s in f["start_s"].items())
    return [
        ("Items", items),
        ("One call", told(f["call_s"], seconds)),
        ("Longest call seen", told(f["longest_call_s"], seconds)),
        ("All of it, serially", told(f["total_s"], seconds)),
        ("A core is busy", told(f["busy_share"], percent)),
        ("The lock is held", told(f["held_share"], percent)),
        ("Sent for an item", told(f["bytes_out_per_item"], lambda n: f"{n:,.0f} bytes")),
        ("Sent back", told(f["bytes_back_per_item"], lambda n: f"{n:,.0f} bytes")),
        ("Starting workers", starts or unknown),
        ("Cores to be had", told(f["capacity"], lambda n: f"{n:.2f} for {e.n_workers} threads")),
        ("Pays from a job of", told(advice.pays_from_s, seconds)),
        ("Rounds", str(f["n_rounds"])),
        ("Measured for", f"{f['spent_s']:.1f} s of {e.budget_s:g} s"),
        ("Machine", str(e.machine)),
    ]
