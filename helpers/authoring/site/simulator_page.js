// The page of the simulator: its controls, its words, the recorded races, and its height.
"use strict";

(() => {
  const { BARS, Player, at, make, ms, write } = player;
  const { simulate, Refused } = gilLab;
  const byId = (id) => document.getElementById(id);

  // --- What threads do -------------------------------------------------------------------

  const WORKS = {
    "Python code": "python 40",
    "one call into C that holds the GIL": "c-hold 40",
    "one call into C that releases the GIL": "released 40",
    "calls that hold it for half of their time": "4 x python 5, released 5",
    "waiting": "wait 40",
    "short answers: it waits, then needs the GIL": "8 x wait 4, python 1",
  };
  const OWN = "steps of your own, below";
  const EXAMPLES = {
    "Two threads of Python code": { threads: ["python 40", "python 40"] },
    "Two calls that release the GIL": { threads: ["released 40", "released 40"] },
    "A call that holds the GIL beside a loop": { threads: ["python 40", "wait 8, c-hold 60"] },
    "Waiting, on one core": { threads: ["wait 40", "wait 40", "wait 40"], cores: 1 },
    "Short answers beside a loop": { threads: ["python 60", "8 x wait 4, python 1"] },
    "Four threads that hold it for half of their time": {
      threads: Array(4).fill("4 x python 5, released 5"),
      cores: 4,
    },
    "The same without a GIL": {
      threads: Array(4).fill("4 x python 5, released 5"),
      cores: 4,
      gil: false,
    },
  };
  const MOST = { threads: 8, cores: 16, steps: 400, ms: 10_000, spans: 4000 };
  const LABELS = ["python", "c-hold", "released", "wait"];

  /** Return the steps of a text such as "8 x wait 4, python 1": a list of [kind, seconds]. */
  function parse(text, name) {
    const [, times = "1", rest] = /^\s*(?:(\d{1,4})\s*[x×*]\s*)?(.*)$/s.exec(text);
    const steps = rest.split(",").map((part) => {
      const [, kind, number] = /^\s*([a-z-]+)\s+(\d*\.?\d+)\s*(?:ms)?\s*$/i.exec(part) ?? [];
      if (!LABELS.includes(kind?.toLowerCase())) {
        const got = part.trim() ? `"${part.trim().slice(0, 40)}"` : "nothing";
        throw new Refused(
          `${name}: a step is ${LABELS.join(", ")} and its milliseconds: got ${got}; try python 40`
        );
      }
      if (!(Number(number) >= 0.001 && Number(number) <= MOST.ms)) {
        throw new Refused(
          `${name}: a step takes from 0.001 to ${MOST.ms.toLocaleString("en")} ms: ` +
            `got ${number.slice(0, 40)}; try ${kind} 40`
        );
      }
      return [kind.toLowerCase(), Number(number) / 1000];
    });
    const all = steps.length * Number(times);
    if (!(all >= 1 && all <= MOST.steps)) {
      throw new Refused(`${name}: it takes from 1 to ${MOST.steps} steps: got ${all}; repeat less`);
    }
    return Array(Number(times)).fill(steps).flat();
  }

  /** Return the number that a field holds, which the words of `what` name where it is refused. */
  function numberOf(field, what, whole) {
    const value = field.value.trim() === "" ? NaN : Number(field.value);
    const [low, high] = [Number(field.min), Number(field.max)];
    if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? "a whole number" : "a number";
    throw new Refused(
      `${what} must be ${kind} from ${low} to ${high.toLocaleString("en")}: got ` +
        `${field.value || "none"}; try ${field.defaultValue}`
    );
  }

  // --- The controls ----------------------------------------------------------------------

  const fields = { threads: byId("threads"), cores: byId("cores"), interval: byId("interval") };
  const works = byId("works");
  const simulator = new Player(byId("simulator-player"), "The simulated run");

  function addWork(text) {
    const number = works.children.length + 1;
    const row = make(works, "div", { class: "work" });
    const label = make(row, "label", {}, `Thread ${number} does`);
    const choice = make(label, "select");
    for (const name of [...Object.keys(WORKS), OWN]) make(choice, "option", {}, name);
    const aria = { "aria-label": `The steps of thread ${number}`, "aria-describedby": "grammar" };
    const input = make(row, "input", { ...aria, spellcheck: "false", autocomplete: "off" });
    const name = () =>
      Object.keys(WORKS).find((known) => WORKS[known] === input.value.trim()) ?? OWN;
    input.value = text;
    choice.value = name();
    choice.addEventListener("change", () => {
      if (choice.value === OWN) input.focus();
      else input.value = WORKS[choice.value];
      update();
    });
    input.addEventListener("input", () => {
      choice.value = name();
      update();
    });
  }

  function setThreads(texts) {
    works.replaceChildren();
    texts.forEach(addWork);
    fields.threads.value = texts.length;
  }

  function setExample(name) {
    const { threads, cores = 2, gil = true } = EXAMPLES[name];
    setThreads(threads);
    fields.cores.value = cores;
    fields.interval.value = fields.interval.defaultValue;
    byId("gil").checked = gil;
    update();
  }

  /** Keep as many rows as threads are asked for; a new one does what the last one does. */
  function countThreads() {
    const n = numberOf(fields.threads, "The threads", true);
    while (works.children.length > n) works.lastChild.remove();
    while (works.children.length < n) addWork(works.lastChild.querySelector("input").value);
  }

  /** Return the settings that all controls hold; each that is refused is marked. */
  function settings() {
    const checked = (field, read) => {
      field.removeAttribute("aria-invalid");
      try {
        return read();
      } catch (error) {
        field.setAttribute("aria-invalid", "true");
        throw error;
      }
    };
    const { cores, interval, threads } = fields;
    checked(threads, countThreads);
    return {
      n_cores: checked(cores, () => numberOf(cores, "The cores", true)),
      switch_interval_s:
        checked(interval, () => numberOf(interval, "The switch interval in ms", false)) / 1000,
      gil: byId("gil").checked,
      threads: [...works.querySelectorAll("input")].map((input, i) =>
        checked(input, () => parse(input.value, `Thread ${i + 1}`))
      ),
    };
  }

  function update() {
    const refused = byId("refused");
    try {
      const asked = settings();
      const run = simulate(asked);
      if (run.spans.length > MOST.spans) {
        throw new Refused(
          `a run is drawn with up to ${MOST.spans.toLocaleString("en")} bars: this one has ` +
            `${run.spans.length.toLocaleString("en")}; take a longer switch interval, or less work`
        );
      }
      showRun(run, asked);
      refused.hidden = true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const said = error.message[0].toUpperCase() + error.message.slice(1);
      write(refused, `${said}. Below is the run before.`);
      refused.hidden = false;
    }
  }

  // --- The simulated run -----------------------------------------------------------------

  const DOES = {
    "python": "runs Python code",
    "c-hold": "in a call into C that holds the GIL",
    "released": "in a call into C that has released the GIL",
    "wait": "waits, and needs no core",
    "gil": "wants the GIL",
    "core": "wants a core",
    "taker": "has handed the GIL over",
  };

  function showRun(run, { threads, n_cores, switch_interval_s, gil }) {
    const rows = threads.map((_, i) => {
      const mine = (list) => list.filter(({ thread }) => thread === i + 1);
      const held = mine(run.holds);
      const bars = [...mine(run.spans), ...mine(run.pauses)].sort((a, b) => a.start - b.start);
      return {
        name: `thread ${i + 1}`,
        kind: gil ? "threads" : "free-threaded",
        tracks: [bars],
        state: (t) => DOES[at(bars, t)?.label] ?? `done after ${ms(bars.at(-1).stop)}`,
        badge: gil && ((t) => at(held, t) !== undefined),
      };
    });
    simulator.load({ rows, end: run.wall });
    const n = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
    const sentences = [
      `Simulated: ${n(threads.length, "thread")} on ${n(n_cores, "core")} ` +
        `need${threads.length === 1 ? "s" : ""} ${ms(run.wall)}. One after the other: ` +
        `${ms(run.serial)}. That is ${(run.serial / run.wall).toFixed(2)} times as fast.`,
    ];
    if (gil && !run.held) {
      sentences.push("No thread needs the GIL.");
    } else if (gil) {
      const share = Math.round((100 * run.held) / run.wall);
      sentences.push(
        `The GIL is held for ${share} % of the time and changes hands ` +
          `${n(run.handOvers, "time")}. ${longestWait(run.pauses)}`
      );
    } else {
      sentences.push("There is no GIL, so no thread waits for it.");
    }
    write(byId("summary"), sentences.join(" "));
    drawKey(rows, gil);
    fillTable(rows);
  }

  function longestWait(pauses) {
    const waits = pauses.filter(({ label }) => label === "gil");
    if (!waits.length) return "No thread waits for it.";
    const longest = waits.reduce((a, b) => (b.stop - b.start > a.stop - a.start ? b : a));
    const length = ms(longest.stop - longest.start);
    return `The longest wait for it is ${length}, in thread ${longest.thread}.`;
  }

  function drawKey(rows, gil) {
    const key = byId("key");
    key.className = `key ${gil ? "threads" : "free-threaded"}`;
    key.replaceChildren();
    const labels = new Set(rows.flatMap((row) => row.tracks[0].map(({ label }) => label)));
    for (const label of Object.keys(DOES).filter((one) => labels.has(one))) {
      const item = make(key, "span");
      const box = make(item, "svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none" });
      box.setAttribute("aria-hidden", "true");
      const [top, height] = BARS[label] ?? [0.1, 0.8];
      make(box, "path", { class: `bar ${label}`, d: `M0 ${top}h1v${height}h-1z` });
      item.append(gil || label !== "c-hold" ? DOES[label] : "in a call into C");
    }
  }

  function fillTable(rows) {
    const body = byId("table");
    body.replaceChildren();
    for (const { name, tracks, state } of rows) {
      const row = make(body, "tr");
      make(row, "th", { scope: "row" }, name);
      const sum = (label) =>
        tracks[0].reduce((all, s) => all + (s.label === label ? s.stop - s.start : 0), 0);
      for (const label of [...LABELS, "gil", "core"]) make(row, "td", {}, ms(sum(label)));
      make(row, "td", {}, state(Infinity).replace("done after ", ""));
    }
  }

  // --- Recorded races --------------------------------------------------------------------

  const races = JSON.parse(byId("races").textContent);
  const racePlayer = new Player(byId("race-player"), "The recorded race");

  function showRace({ racers, source, parts, rounds, title }) {
    const rows = racers.map(({ name, kind, wall_us, tracks }) => {
      const spans = tracks.map((track) =>
        track.map(([start, stop]) => ({ start: start * 1e3, stop: stop * 1e3, label: "work" }))
      );
      const ends = spans.flat().map(({ stop }) => stop);
      const times = (racers[0].wall_us / wall_us).toFixed(2);
      const won = kind === "serial" ? "" : `, ${times} times as fast as the loop`;
      const state = (t) =>
        t >= wall_us * 1e3
          ? `done after ${ms(wall_us * 1e3)}${won}`
          : `${ends.filter((stop) => stop <= t).length} of ${parts} parts done`;
      return { name, kind, tracks: spans, state };
    });
    racePlayer.load({ rows, end: Math.max(...racers.map(({ wall_us }) => wall_us * 1e3)) });
    const [, ...others] = racers;
    const fast = others.map(({ name, speed_up }) => `${name}, ${speed_up.toFixed(2)} times`);
    const long = others.map(
      ({ name, part_ratio }) => `${part_ratio.toFixed(1)} times as long with ${name}`
    );
    write(
      byId("race-what"),
      `${title}, in ${parts} parts. A block is one part, from its start to its end.`
    );
    write(
      byId("race-summary"),
      `How many times as fast as the loop, medians of ${rounds} rounds: ${fast.join("; ")}. ` +
        `In the round above, a part took ${long.join(" and ")}.`
    );
    write(byId("race-source"), source);
  }

  // --- The beginning ---------------------------------------------------------------------

  for (const name of Object.keys(EXAMPLES)) make(byId("example"), "option", {}, name);
  for (const [i, { name }] of races.entries()) make(byId("race"), "option", { value: i }, name);
  byId("example").addEventListener("change", ({ target }) => setExample(target.value));
  byId("race").addEventListener("change", ({ target }) => showRace(races[target.value]));
  for (const field of [...Object.values(fields), byId("gil")]) {
    field.addEventListener("input", update);
  }
  byId("example").selectedIndex = byId("race").selectedIndex = 0; // a browser may keep another
  setExample(byId("example").value);
  showRace(races[0]);

  // In somebody else's page: tell it how high this one is.
  if (parent !== window) {
    new ResizeObserver(() => {
      const gilLabHeight = Math.ceil(document.body.getBoundingClientRect().height);
      parent.postMessage({ gilLabHeight }, "*");
    }).observe(document.body);
  }
})();
