"use strict";
// The teacher's page. Its address ends in the key: it looks every half second, and draws what changed.
const $ = (id) => document.getElementById(id);
const key = location.hash.slice(1);
const STAGES = { first: "First vote", talk: "Talk", second: "Second vote", reveal: "Reveal" };
let version = "", overview = null;

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

function drawBars(open) {
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
    made("div", { class: "bars" }, ...(name ? [made("div", { class: "group" }, name)] : []), ...parts)));
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

function curves(job) {
  const most = Math.max(2, ...job.curves.flatMap((curve) => [...curve.n, ...curve.speed_ups]));
  const x = (n) => 50 + (420 * (n - 1)) / Math.max(1, most - 1);
  const y = (value) => 260 - (230 * value) / most;
  const colour = Object.fromEntries(job.families.map((family) => [family.name, family.colour]));
  const drawn = svg("svg", { viewBox: "0 0 500 300", role: "img" });
  const said = job.families.map((family) => `${family.name} ${family.measured.toFixed(2)} times`);
  drawn.append(svg("title", {}, `${job.job}: ${said.join(", ")} in the middle of the class`));
  for (let tick = 0; tick <= most; tick += Math.ceil(most / 4)) {
    drawn.append(svg("line", { x1: 50, x2: 480, y1: y(tick), y2: y(tick), stroke: "currentColor", opacity: 0.15 }));
    drawn.append(svg("text", { x: 40, y: y(tick) + 7, "text-anchor": "end" }, `${tick}×`));
  }
  for (const curve of job.curves) {
    const points = curve.n.map((n, i) => `${x(n)},${y(curve.speed_ups[i])}`).join(" ");
    const look = { fill: "none", stroke: colour[curve.family], "stroke-width": 3, opacity: 0.45 };
    drawn.append(svg("polyline", { points, ...look }));
    curve.n.forEach((n, i) =>
      drawn.append(svg("circle", { cx: x(n), cy: y(curve.speed_ups[i]), r: 4, fill: colour[curve.family] })));
  }
  drawn.append(svg("text", { x: 265, y: 295, "text-anchor": "middle" }, `1 to ${most.toFixed(0)} workers`));
  return drawn;
}

function board(jobs) {
  $("results").hidden = jobs.length === 0;
  $("board").replaceChildren(...jobs.map((job) => {
    const card = made("div", {}, made("b", {}, `${job.job}: ${job.n} results`), curves(job));
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

function draw(told) {
  overview = told;
  $("address").textContent = told.address.replace("http://", "");
  $("code").textContent = told.code;
  $("learners").textContent = told.learners;
  $("log").textContent = told.log.join(" · ");
  const chosen = $("question").value || (told.open && told.open.id);
  const option = (one) => {
    const element = made("option", { value: one.id }, `${one.notebook} ${one.text} (${one.n[0]})`);
    element.selected = one.id === chosen;
    return element;
  };
  $("question").replaceChildren(made("option", { value: "" }, "–"), ...told.questions.map(option));
  const { open } = told;
  $("qr").src = told.qr;
  $("qr").hidden = !told.qr || Boolean(open);
  if (open) {
    $("text").textContent = open.text;
    const count = (name, n) => made("span", { class: `key ${name}` }, made("i"), `${name} vote ${n} `);
    $("votes").replaceChildren(count("first", open.n[0]), ...(open.n[1] ? [count("second", open.n[1])] : []));
    if ($("hide").checked && open.stage === "first") $("bars").replaceChildren();
    else drawBars(open);
  }
  for (const button of $("stages").children) {
    button.setAttribute("aria-pressed", String(Boolean(open) && open.stage === button.value));
    button.disabled = !open;
  }
  board(open && open.stage === "reveal" ? told.jobs : []);
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
  try {
    $("said").textContent = (await (await ask(path, content)).json()).said;
  } catch (error) {
    $("said").textContent = error.message;
  }
}

async function keep(path, name) {
  const content = await (await ask(path)).blob();
  const link = made("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
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
$("take").addEventListener("click", () => take("code", JSON.stringify({ code: $("typed").value })));
$("file").addEventListener("change", async () => take("file", await $("file").files[0].text()));
$("html").addEventListener("click", () => keep("class.html", "class.html"));
$("zip").addEventListener("click", () => keep("class.zip", "class.zip"));
look();
