// A player of lanes: who did what when, recorded or simulated, at true speed and in slow motion.
"use strict";

const player = (() => {
  const SLOWER = [1, 5, 50, 500];
  const USUAL_S = 16; // a run is slowed down as far as it still plays within so many seconds
  const WINDOW_S = 8; // what passes in so many seconds is in view, or all of it
  const AHEAD = 0.25; // the part of a moving view that is still to come
  const SVG = "http://www.w3.org/2000/svg";
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  /** Return nanoseconds as text with the digits that matter: "5 ms", "110 ms", "1,240 ms". */
  function ms(ns) {
    const value = ns / 1e6;
    const digits = value < 100 ? Number(value.toPrecision(3)) : Math.round(value);
    return `${digits.toLocaleString("en", { maximumFractionDigits: 6 })} ms`;
  }

  /** Return the one of spans, by start and apart, that holds a time, or undefined. */
  function at(spans, t) {
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spans[middle].stop <= t) low = middle + 1;
      else high = middle;
    }
    return low < spans.length && spans[low].start <= t ? spans[low] : undefined;
  }

  function make(parent, name, attributes = {}, text = "") {
    const svg = ["svg", "path", "rect", "line"].includes(name);
    const node = svg ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    parent.append(node);
    return node;
  }

  function write(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  // Where a bar lies in its lane, and how high it is; what is not named here fills the lane.
  const BARS = { wait: [0.6, 0.3], gil: [0.46, 0.08], core: [0.46, 0.08], taker: [0.46, 0.08] };

  /** Draw a lane's spans, one path for each look, with a curtain over what is still to come. */
  function drawTrack(parent, spans) {
    const svg = make(parent, "svg", { preserveAspectRatio: "none", "aria-hidden": "true" });
    const paths = {};
    for (const { start, stop, label } of spans) {
      const [top, height] = BARS[label] ?? [0.04, 0.92];
      const [x, width] = [start / 1e3, (stop - start) / 1e3];
      paths[label] = (paths[label] ?? "") + `M${x} ${top}h${width}v${height}h${-width}z`;
    }
    for (const [label, d] of Object.entries(paths)) make(svg, "path", { class: `bar ${label}`, d });
    const curtain = make(svg, "rect", { class: "curtain", y: -1, height: 3 });
    const head = make(svg, "line", { class: "head", y1: -1, y2: 2 });
    return { svg, curtain, head };
  }

  /** Return 1, 2 or 5 times a power of 10, such that 3 to 7 of it are a length. */
  function scaleStep(length) {
    const power = 10 ** Math.floor(Math.log10(length / 3));
    return power * [5, 2, 1].find((factor) => factor * power <= length / 3);
  }

  class Player {
    /** Fill `root`, an empty element, with lanes and with controls that are called `name`. */
    constructor(root, name) {
      root.append(document.getElementById("player").content.cloneNode(true));
      const find = (what) => root.querySelector(`.${what}`);
      this.parts = Object.fromEntries(
        "lanes scale play back step speed time clock said still".split(" ").map((w) => [w, find(w)])
      );
      find("controls").setAttribute("aria-label", name);
      const { play, back, step, speed, time } = this.parts;
      for (const slower of SLOWER) {
        const words = slower > 1 ? `${slower} times slower` : "true speed";
        make(speed, "option", { value: slower }, words);
      }
      this.parts.still.hidden = !still.matches;
      still.addEventListener("change", () => (this.parts.still.hidden = !still.matches));
      play.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
      step.addEventListener("click", () => this.jump(1));
      back.addEventListener("click", () => this.jump(-1));
      speed.addEventListener("change", () => {
        this.chosen = true;
        if (this.playing) this.begin();
      });
      time.addEventListener("input", () => {
        this.halt();
        this.show(Number(time.value) * 1e3);
      });
      time.addEventListener("change", () => this.say());
    }

    /**
     * Take a run: its rows from top to bottom, and its end in nanoseconds.
     *
     * A row has a `name`, a `kind` for its colour, `tracks` (each a list of spans), and `state`, a
     * function from a time to words; `badge` is a function that says whether the row has the GIL.
     */
    load({ rows, end }) {
      this.halt();
      this.rows = rows;
      this.end = end;
      const { lanes, time, speed } = this.parts;
      lanes.replaceChildren();
      this.drawn = rows.map((row) => this.drawRow(lanes, row));
      const ends = rows.flatMap((row) => row.tracks.flat().flatMap((s) => [s.start, s.stop]));
      this.moments = [...new Set([0, ...ends, end])].sort((a, b) => a - b);
      time.max = end / 1e3;
      if (!this.chosen) {
        const slow = SLOWER.filter((slower) => (slower * end) / 1e9 <= USUAL_S);
        speed.value = slow.length ? slow.at(-1) : 1;
      }
      write(this.parts.said, "");
      this.show(end);
    }

    drawRow(parent, row) {
      const node = make(parent, "li", { class: `row ${row.kind}` });
      const title = make(node, "p", { class: "title" });
      make(title, "b", {}, row.name);
      const badge = row.badge && make(title, "span", { class: "badge" }, "has the GIL");
      const state = make(title, "span", { class: "state" });
      return { badge, state, tracks: row.tracks.map((spans) => drawTrack(node, spans)) };
    }

    get slower() {
      return Number(this.parts.speed.value);
    }

    /** Show the run as it is at a time, in nanoseconds; at its end all of it is in view. */
    show(t) {
      this.t = Math.min(Math.max(t, 0), this.end);
      const whole = this.t === this.end;
      const length = whole ? this.end : Math.min(this.end, (WINDOW_S * 1e9) / this.slower);
      this.parts.lanes.classList.toggle("whole", whole);
      const last = this.end - length;
      const from = Math.min(Math.max(this.t - (1 - AHEAD) * length, 0), last);
      this.drawn.forEach(({ badge, state, tracks }, i) => {
        write(state, this.rows[i].state(this.t));
        if (badge) badge.hidden = !this.rows[i].badge(this.t);
        for (const { svg, curtain, head } of tracks) {
          svg.setAttribute("viewBox", `${from / 1e3} 0 ${length / 1e3} 1`);
          curtain.setAttribute("x", this.t / 1e3);
          curtain.setAttribute("width", whole ? 0 : length / 1e3);
          for (const x of ["x1", "x2"]) head.setAttribute(x, whole ? -this.end : this.t / 1e3);
        }
      });
      this.drawScale(from, length);
      const { time, clock } = this.parts;
      time.value = this.t / 1e3;
      const words = `${ms(this.t)} of ${ms(this.end)}`;
      time.setAttribute("aria-valuetext", words);
      write(clock, words);
    }

    drawScale(from, length) {
      const { scale } = this.parts;
      const step = scaleStep(length);
      const marks = [];
      for (let i = Math.ceil(from / step); i * step <= from + length; i++) marks.push(i * step);
      while (scale.children.length < marks.length) make(scale, "span");
      [...scale.children].forEach((node, i) => {
        node.hidden = i >= marks.length;
        if (node.hidden) return;
        write(node, ms(marks[i]));
        node.style.left = `${(100 * (marks[i] - from)) / length}%`;
      });
    }

    /** Say what is so at this moment, for whoever cannot see it; not while it plays. */
    say(before = "") {
      const states = this.rows.map((row) => `${row.name}: ${row.state(this.t)}`);
      write(this.parts.said, `${before}At ${ms(this.t)}. ${states.join(". ")}.`);
    }

    play() {
      if (this.t === this.end) this.show(0);
      if (still.matches) {
        this.show(this.end);
        this.say();
        return;
      }
      this.begin();
    }

    begin() {
      cancelAnimationFrame(this.frame);
      const [began, from] = [performance.now(), this.t];
      this.playing = true;
      write(this.parts.play, "Pause");
      write(this.parts.said, "");
      const move = (now) => {
        this.show(from + (Math.max(0, now - began) * 1e6) / this.slower);
        if (this.t < this.end) {
          this.frame = requestAnimationFrame(move);
          return;
        }
        this.halt();
        this.say(this.slower === 1 ? "That was true speed. " : "");
      };
      this.frame = requestAnimationFrame(move);
    }

    halt() {
      cancelAnimationFrame(this.frame);
      this.playing = false;
      write(this.parts.play, "Play");
    }

    pause() {
      this.halt();
      this.say();
    }

    /** Go to the next moment at which something changes, or with -1 to the one before. */
    jump(direction) {
      this.halt();
      const { moments, t } = this;
      const next =
        direction > 0
          ? moments.find((moment) => moment > t)
          : moments.findLast((moment) => moment < t);
      this.show(next ?? (direction > 0 && t === this.end ? 0 : t));
      this.say();
    }
  }

  return { BARS, Player, at, make, ms, write };
})();
