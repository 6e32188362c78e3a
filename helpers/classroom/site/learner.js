"use strict";
// A phone's page: join by a code, then vote on what the class is at.
const $ = (id) => document.getElementById(id);
const WORDS = {
  waiting: "Wait for your teacher.", first: "First vote: for yourself.",
  talk: "Talk with your neighbour.", second: "Second vote: change it, or commit it as it is.",
  reveal: "Look at the screen.",
};
let store = { setItem() {}, removeItem() {} }; // where the browser keeps nothing for pages
try { store = window.localStorage; } catch { /* it forbids that */ }
let secret = store.secret || "", drawn = "", read = () => null;

async function ask(path, told) {
  const headers = { "content-type": "application/json" };
  if (secret) headers.authorization = `Bearer ${secret}`;
  const answer = await fetch(`api/${path}`, told
    ? { method: "POST", headers, body: JSON.stringify(told) } : { headers });
  const given = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(given.error || `The class answers ${answer.status}.`),
    { status: answer.status });
  return given;
}

function made(name, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children);
  return element;
}

function slider(name, least, most, step, value, words) {
  const input = made("input", { type: "range", min: least, max: most, step, value });
  const output = made("output", {}, words(value));
  input.addEventListener("input", () => { output.textContent = words(Number(input.value)); });
  return [made("label", { className: "slider" }, name, input, output), input];
}

const time = (log) => {
  const ms = 10 ** log;
  return ms < 1000 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms / 1000).toPrecision(2))} s`;
};

function fields(asked, mine) {
  if (asked.form === "predict_which") {
    const boxes = asked.options.map((option) =>
      made("input", { type: "checkbox", checked: Boolean(mine && mine.includes(option)) }));
    read = () => asked.options.filter((_, i) => boxes[i].checked);
    return boxes.map((box, i) => made("label", {}, box, asked.options[i]));
  }
  if (asked.form === "predict") {
    const pairs = asked.options.map((kind) =>
      slider(kind, 0, 2 * asked.n_workers, 0.1, mine ? mine[kind] : 1, (value) => `${value.toFixed(1)}×`));
    read = () => Object.fromEntries(asked.options.map((kind, i) => [kind, Number(pairs[i][1].value)]));
    return pairs.map(([label]) => label);
  }
  const [label, input] = slider("time", -2, 4.8, 0.05, mine ? Math.log10(1000 * mine) : 0, time);
  read = () => 10 ** Number(input.value) / 1000;
  return [label];
}

function draw(told) {
  $("join").hidden = true;
  $("vote").hidden = false;
  const asked = told.open;
  const now = asked ? `${asked.id} ${asked.stage}` : "none";
  if (now === drawn) return;
  drawn = now;
  $("stage").textContent = WORDS[asked ? asked.stage : "waiting"];
  $("text").textContent = asked ? asked.text : "";
  $("said").textContent = "";
  $("answers").hidden = !asked;
  if (!asked) return;
  const may = asked.stage === "first" || asked.stage === "second";
  $("fields").replaceChildren(...fields(asked, told.mine[2] || told.mine[1]));
  $("fields").disabled = $("commit").disabled = !may;
}

async function look() {
  if (secret) {
    try {
      draw(await ask("state"));
      $("problem").textContent = "";
    } catch (error) {
      if (error.status === 403) {
        secret = "";
        store.removeItem("secret");
        $("join").hidden = false;
        $("vote").hidden = true;
      }
      $("problem").textContent = error.status ? error.message : "The class does not answer. It is tried again.";
    }
  }
  setTimeout(look, 1500 + 500 * Math.random());
}

$("code").value = location.hash.slice(1);
$("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    secret = (await ask("join", { code: $("code").value, name: $("name").value })).secret;
    store.setItem("secret", secret);
    $("problem").textContent = "";
    draw(await ask("state"));
  } catch (error) { $("problem").textContent = error.message; }
});
$("answers").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const [question, stage] = drawn.split(" ");
    await ask("vote", { question, answer: read(), vote: stage === "second" ? 2 : 1 });
    $("said").textContent = "Committed. You may change it while the vote is open.";
    $("problem").textContent = "";
  } catch (error) { $("problem").textContent = error.message; }
});
look();
