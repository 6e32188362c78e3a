"use strict";
// The teacher's page. Its address ends in the key: it looks every half second, and draws what changed.
const $ = (id) => document.getElementById(id);
const key = location.hash.slice(1);
const STAGES = { first: "First vote", talk: "Talk", second: "Second vote", reveal: "Reveal" };
let version = "", overview = null, shown = "";

async function ask(path, content) {
  const asked = { headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } };
  if (content !== undefined) Object.assign(asked, { method: "POST", body: content });
  const answer = await fetch(`api/${path}`, asked);
  if (answer.status === 204) return null;
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.error || `The server answers ${answer.status}.`);
  }
  return answer;
}

function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

function drawBars(open, jobs) {
  const measured = (name) => {
    const job = jobs.find((one) => one.job === name);
    const threads = job && job.families.find((family) => family.name === "threads");
    return threads && threads.measured !== null ? `: threads measured ${threads.measured.toFixed(2)}×` : "";
  };
  const rows = open.bars[0].map((row, i) => [row, open.bars[1][i]]);
  const most = Math.max(1, ...rows.flat().map((row) => row.n));
  const bar = (n, name) => {
    const length = made("i");
    length.style.width = `${(80 * n) / most}%`;
    return made("div", { class: `bar ${name}` }, length, String(n));
  };
  const groups = new Map();
  for (const [first, second] of rows) {
    if (!groups.has(first.group)) groups.set(first.group, []);
    const pair = made("div", { class: "pair" }, bar(first.n, "first"));
    if (open.n[1]) pair.append(bar(second.n, "second"));
    groups.get(first.group).push(made("span", {}, first.name), pair);
  }
  $("bars").replaceChildren(...[...groups].map(([name, parts]) =>
    made("div", { class: "bars" }, ...(name ? [made("div", { class: "group" }, name + measured(name))] : []), ...parts)));
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

function curves({ job, drawing, families }) {
  const said = families.map((family) => `${family.name} ${family.measured.toFixed(2)} times`);
  const title = svg("title", {}, `${job}: ${said.join(", ")} as fast in the middle of the class`);
  const drawn = svg("svg", { viewBox: "0 0 380 280", role: "img" }, title);
  for (const { y, text } of drawing.ticks) {
    drawn.append(svg("line", { x1: 50, x2: 375, y1: y, y2: y, stroke: "currentColor", opacity: 0.15 }));
    drawn.append(svg("text", { x: 42, y: y + 8, "text-anchor": "end" }, text));
  }
  for (const { colour, points } of drawing.lines) {
    const look = { fill: "none", stroke: colour, "stroke-width": 3, opacity: 0.45 };
    drawn.append(svg("polyline", { points: points.join(" "), ...look }));
    for (const [cx, cy] of points) drawn.append(svg("circle", { cx, cy, r: 4, fill: colour }));
  }
  drawn.append(svg("text", { x: 210, y: 272, "text-anchor": "middle" }, drawing.below));
  return drawn;
}

function board(jobs) {
  $("results").hidden = jobs.length === 0;
  $("board").replaceChildren(...jobs.map((job) => {
    const card = made("div", {}, made("b", {}, `${job.job}: ${job.n} ${job.n === 1 ? "result" : "results"}`), curves(job));
    for (const family of job.families) {
      const guess = family.predicted === null ? "" : `, predicted ${family.predicted.toFixed(1)}`;
      const byCores = family.medians.map((row) => `${row[1].toFixed(2)}× on ${row[0]} cores`);
      const line = made("div", {}, `${family.name}: ${byCores.join(", ")}${guess}`);
      line.style.borderLeft = `.4em solid ${family.colour}`;
      line.style.paddingLeft = ".4em";
      card.append(line);
    }
    return card;
  }));
}

function list(questions, open) {
  // A list that is open on the screen stays open: only words that differ are written.
  const { options } = $("question");
  const ids = ["", ...questions.map((one) => one.id)];
  if (ids.join() !== [...options].map((one) => one.value).join()) {
    $("question").replaceChildren(...ids.map((id) => made("option", { value: id }, "–")));
  }
  questions.forEach((one, i) => {
    const words = `${one.notebook} ${one.text} (${one.n[0]})`;
    if (options[i + 1].textContent !== words) options[i + 1].textContent = words;
  });
  if (open && open.id !== shown) $("question").value = shown = open.id;
}

function draw(told) {
  overview = told;
  const { open } = told;
  $("address").textContent = told.address.replace("http://", "");
  $("code").textContent = told.code;
  $("learners").textContent = told.learners;
  $("measured").textContent = told.measured;
  $("log").textContent = told.log.join(" · ");
  $("line").textContent = `lab.join("${told.address}", "${told.code}")`;
  $("qr").src = told.qr;
  $("qr").hidden = !told.qr;
  if (open && !shown) $("come").open = false;
  list(told.questions, open);
  if (open) {
    $("text").textContent = open.text;
    const count = (name, n) => made("span", { class: `key ${name}` }, made("i"), `${name} vote ${n} `);
    $("votes").replaceChildren(count("first", open.n[0]), ...(open.n[1] ? [count("second", open.n[1])] : []));
    if ($("hide").checked && open.stage === "first") $("bars").replaceChildren();
    else drawBars(open, told.jobs);
  }
  for (const button of $("stages").children) {
    button.setAttribute("aria-pressed", String(Boolean(open) && open.stage === button.value));
    button.disabled = !open;
  }
  board(told.jobs);
}

async function look() {
  try {
    const answer = await ask(`teacher?version=${version}`);
    $("problem").textContent = "";
    if (answer) {
      const told = await answer.json();
      version = told.version;
      draw(told);
    }
  } catch (error) {
    const gone = error instanceof TypeError;
    $("problem").textContent = gone ? "The server does not answer. It is tried again." : error.message;
  }
  setTimeout(look, 500);
}

async function show(id, stage) {
  await ask("stage", JSON.stringify({ question: id, stage })).catch((error) => {
    $("problem").textContent = error.message;
  });
}

async function take(path, content) {
  return (await (await ask(path, content)).json()).said;
}

async function tell(said) {
  $("said").textContent = await said.catch((error) => error.message);
}

async function takeAll(files) {
  const said = [];
  for (const file of files) {
    const told = await file.text().then((text) => take("file", text)).catch((error) => error.message);
    said.push(`${file.name}: ${told}`);
  }
  return said.join(" ");
}

async function keep(path, name) {
  const content = await (await ask(path)).blob();
  const link = made("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return `Saved ${name}.`;
}

for (const [stage, words] of Object.entries(STAGES)) {
  const button = made("button", { value: stage, "aria-pressed": "false", disabled: "" }, words);
  button.addEventListener("click", () => show(overview.open.id, stage));
  $("stages").append(button);
}
$("question").addEventListener("change", () => {
  const one = overview.questions.find((question) => question.id === $("question").value);
  if (one) show(one.id, one.stage === "waiting" ? "first" : one.stage);
});
$("hide").addEventListener("change", () => overview && draw(overview));
$("take").addEventListener("click", () => tell(take("code", JSON.stringify({ code: $("typed").value }))));
$("file").addEventListener("change", async () => {
  await tell(takeAll([...$("file").files]));
  $("file").value = "";
});
for (const kind of ["html", "zip"]) {
  $(kind).addEventListener("click", () => tell(keep(`class.${kind}`, `class.${kind}`)));
}
look();
