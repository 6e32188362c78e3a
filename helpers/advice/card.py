"""A verdict as HTML: one headline, the ways that were tried as bars, the reasons, the code."""

from ..draw import style
from ..draw.templates import render
from ..units import per_cent, seconds
from .advice import Verdict


def advice_html(advice: Verdict) -> str:
    """Return the HTML of an ``Verdict``."""
    ways = [way for way in advice.ways if way.speed_ups]
    capacity = advice.figures["capacity"]
    right = 1.08 * max(
        [1.0, capacity or 1.0, *(max(way.quartiles) for way in ways if way.quartiles)]
    )
    total_s = advice.evidence.total_s
    return render(
        "advice/card.html",
        advice=advice,
        ways=ways if len(ways) > 1 else [],
        n_rounds=advice.figures["n_rounds"],
        capacity=capacity,
        facts=facts(advice),
        colour=style.colour,
        percent=lambda speed_up: f"{100 * speed_up / right:.1f}%",
        took=lambda way: "" if total_s is None else seconds(total_s / way.speed_up),
    )


def facts(advice: Verdict) -> list[tuple[str, str]]:
    """Return the figures behind a ``Verdict`` as (name, value) strings; what is unknown says so."""
    f, e = advice.figures, advice.evidence
    unknown = "not measured"

    def told(value, form):
        return unknown if value is None else form(value)

    items = "one call again and again" if f["n_items"] is None else f"{f['n_items']:,}"
    starts = ", ".join(f"{kind} {seconds(s)}" for kind, s in f["start_s"].items())
    return [
        ("Items", items),
        ("One call", told(f["call_s"], seconds)),
        ("Longest call seen", told(f["longest_call_s"], seconds)),
        ("All of it, serially", told(f["total_s"], seconds)),
        ("A core is busy", told(f["busy_share"], per_cent)),
        ("The lock is held", told(f["held_share"], per_cent)),
        ("Sent for an item", told(f["bytes_out_per_item"], lambda n: f"{n:,.0f} bytes")),
        ("Sent back", told(f["bytes_back_per_item"], lambda n: f"{n:,.0f} bytes")),
        ("Starting workers", starts or unknown),
        ("Cores free", told(f["capacity"], lambda n: f"{n:.2f} for {e.n_workers} threads")),
        ("Pays from a job of", told(advice.pays_from_s, seconds)),
        ("Rounds", str(f["n_rounds"])),
        ("Measured for", f"{f['spent_s']:.1f} s of {e.budget_s:g} s"),
        ("Machine", str(e.machine)),
    ]
