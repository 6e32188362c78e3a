"use strict";
// Units: a prediction is committed, and what was measured is drawn over it.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const HIGH = 26, ROOM = 12;
  // 0.001, 0.002, 0.005, 0.01, and so on
  const ROUND = Array.from({ length: 30 }, (_, n) => [1, 2, 5][n % 3] * 10 ** (Math.floor(n / 3) - 3));

  const digits = (value) => (value < 10 ? String(Number(value.toPrecision(2))) : value.toFixed(0));
  const SAID = {
    factor: (value) => `${value.toFixed(1)}×`,
    ms: (value) => `${value.toFixed(0)} ms`,
    s: (value) => `${digits(value)} s`,
  };

  function start(section) {
    const unit = JSON.parse(section.querySelector("script").textContent);
    const form = section.querySelector("form");
    const button = form.querySelector("button");
    const note = form.querySelector(".unit-note");
    const result = section.querySelector(".unit-result");
    const inputs = [...form.querySelectorAll("input")];
    const touched = new Set();
    let warned = false;

    const which = unit.control === "which";
    const read = (input) =>
      which ? input.checked : unit.log ? 10 ** Number(input.value) : Number(input.value);
    for (const input of inputs) {
      input.addEventListener("input", () => {
        touched.add(input);
        note.textContent = "";
        if (which) return;
        const text = SAID[unit.control](read(input));
        input.parentElement.querySelector(".unit-value").textContent = text;
        input.setAttribute("aria-valuetext", text);
      });
    }
    button.disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (button.disabled) return;
      const left = which ? (touched.size ? [] : inputs) : inputs.filter((one) => !touched.has(one));
      if (left.length && !warned) {
        warned = true;
        note.textContent = which
          ? "Nothing is ticked. Tick some, or press Commit again if it is none of them."
          : "Not every slider was moved. Move it, or press Commit again to keep where it is.";
        left[0].focus();
        return;
      }
      for (const input of left) if (!which) input.dispatchEvent(new Event("input"));
      const guesses = new Map(inputs.map((one) => [Number(one.dataset.row), read(one)]));
      for (const control of [...inputs, button]) control.disabled = true;
      result.hidden = false;
      note.textContent = `Committed. ${inWords(unit, guesses)}`;
      const chart = section.querySelector(".unit-chart");
      const redraw = () => draw(chart, unit, guesses);
      redraw();
      addEventListener("resize", redraw);
    });
  }

  function verdict(unit, row, guess) {
    if (guess === undefined) return "";
    if (unit.control !== "which") return `you said ${SAID[unit.control](guess)}`;
    return `${guess === row.right ? "✓" : "✗"} you said ${guess ? "yes" : "no"}`;
  }

  function inWords(unit, guesses) {
    if (unit.control !== "which") return "Your prediction is the open square.";
    const right = unit.rows.filter((row, at) => guesses.get(at) === row.right).length;
    return `You were right about ${right} of ${unit.rows.length}.`;
  }

  function element(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }

  // Returns a function from a value to where it lies across, and the ticks.
  function axis(unit, guesses, width) {
    const numbers = unit.control === "which" ? [] : [...guesses.values()];
    const values = [...unit.rows.map((row) => row.value), unit.rule, ...numbers].filter((v) => v > 0);
    const right = width - 64;
    if (!unit.log) {
      const most = Math.max(...values, 1e-9) * 1.05;
      return { at: (value) => ROOM + ((right - ROOM) * value) / most, base: 0, ticks: even(most) };
    }
    const low = ROUND.findLast((one) => one <= Math.min(...values));
    const high = ROUND.find((one) => one >= Math.max(...values));
    const span = Math.log10(high / low);
    const decades = ROUND.filter((one, n) => n % 3 === 0 && one > 1.9 * low && one < high / 1.9);
    const ticks = [low, ...decades, high];
    const at = (value) => ROOM + ((right - ROOM) * Math.log10(Math.max(value, low) / low)) / span;
    return { at, base: unit.rule ?? low, ticks };
  }

  function even(most) {
    const step = ROUND.find((one) => most / one <= 5);
    return Array.from({ length: Math.floor(most / step) + 1 }, (_, n) => n * step);
  }

  function draw(chart, unit, guesses) {
    const width = Math.max(chart.clientWidth, 240);
    const alt = unit.rows.map((row, n) => {
      const said = verdict(unit, row, guesses.get(n));
      return `${row.label}: measured ${row.text}${said && `, ${said}`}`;
    });
    chart.replaceChildren();
    chart.setAttribute("role", "img");
    chart.setAttribute("aria-label", `${alt.join("; ")}.`);
    const across = axis(unit, guesses, width);
    unit.rows.forEach((row, n) => {
      const guess = guesses.get(n);
      const label = document.createElement("p");
      const said = document.createElement("span");
      label.append(row.label, " ", said);
      said.textContent = verdict(unit, row, guess);
      if (unit.control === "which") said.className = guess === row.right ? "right" : "wrong";
      chart.append(label);
      bar(chart, unit, row, unit.control === "which" ? undefined : guess, width, across);
    });
    const foot = element(chart, "svg", { viewBox: `0 0 ${width} 22` });
    element(foot, "line", { x1: ROOM, x2: width - 64, y1: 1, y2: 1 });
    for (const tick of across.ticks) {
      const x = across.at(tick);
      element(foot, "line", { x1: x, x2: x, y1: 1, y2: 5 });
      const text = String(Number(tick.toPrecision(3)));
      element(foot, "text", { class: "axis", x, y: 19, "text-anchor": "middle" }, text);
    }
    const what = document.createElement("p");
    what.className = "axis";
    what.textContent = unit.what + (unit.ruleSays && `; dashed: ${unit.ruleSays}`);
    chart.append(what);
  }

  function bar(chart, unit, row, guess, width, { at, base }) {
    const svg = element(chart, "svg", { viewBox: `0 0 ${width} ${HIGH}` });
    const [from, to] = [at(base), at(row.value ?? base)];
    const look = { x: Math.min(from, to), y: 3, width: Math.abs(to - from), height: HIGH - 6 };
    element(svg, "rect", { ...look, fill: row.colour });
    if (unit.rule !== null) {
      const x = at(unit.rule);
      element(svg, "line", { x1: x, x2: x, y1: 0, y2: HIGH, "stroke-dasharray": "4 3" });
    }
    let end = Math.max(from, to);
    if (guess !== undefined) {
      const x = at(guess);
      element(svg, "rect", { class: "guess", x: x - 7, y: HIGH / 2 - 7, width: 14, height: 14 });
      if (x > end - 8 && x < end + 64) end = x + 8; // the figure stands behind both
    }
    element(svg, "text", { x: end + 6, y: HIGH / 2 + 5, "font-weight": 600 }, row.text);
  }

  document.querySelectorAll("section.unit").forEach(start);

  // In somebody else's page: tell it how high this one is.
  if (parent !== window && document.body.classList.contains("unit-alone")) {
    const tell = () => {
      const height = Math.ceil(document.body.getBoundingClientRect().height);
      parent.postMessage({ gilLabHeight: height }, "*");
    };
    new ResizeObserver(tell).observe(document.body);
  }
})();
