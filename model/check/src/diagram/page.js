
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const end = data.steps.length - 1;
let now = 0;

function fill(list, lines, before) {
  list.replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    if (before && !before.includes(line)) item.className = "new";
    return item;
  }));
}

function cell(text, before) {
  const cell = document.createElement("td");
  for (const line of text.split("\n")) {
    const div = document.createElement("div");
    div.textContent = line;
    cell.append(div);
  }
  if (before !== undefined && before !== text) {
    cell.className = "new";
    if (before.length > 40) return cell;
    const old = document.createElement("small");
    old.textContent = before;
    cell.append(old);
  }
  return cell;
}

const parting = data.parting;
if (parting) {
  byId("parts").textContent = parting.words;
  byId("sides").replaceChildren(...parting.sides.map((sides) => {
    const row = document.createElement("tr");
    row.append(...sides.map((text) => {
      const side = cell(text);
      if (sides[0] !== sides[1]) side.className = "parts";
      return side;
    }));
    return row;
  }));
}

function show(step) {
  now = Math.min(Math.max(step, 0), end);
  const told = data.steps[now];
  const before = now > 0 ? data.steps[now - 1].panel : undefined;
  byId("place").textContent = `step ${now} of ${end}`;
  byId("words").textContent = told.words;
  fill(byId("notes"), told.marks.concat(told.notes));
  byId("broken").replaceChildren(...told.broken.map((line) => {
    const box = document.createElement("div");
    box.textContent = line;
    return box;
  }));
  byId("parting").hidden = !parting || now !== end;
  byId("rows").replaceChildren(...data.rows.map(([place, name]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.textContent = name;
    const cells = told.panel.rows[place].map((text, node) => cell(text, before && before.rows[place][node]));
    row.append(head, ...cells);
    return row;
  }));
  fill(byId("network"), told.panel.network, before && before.network);
  fill(byId("clients"), told.panel.clients, before && before.clients);
  for (const row of document.querySelectorAll(".row")) {
    row.classList.toggle("now", Number(row.dataset.step) === now);
  }
  byId(`row-${now}`).scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", `#${now}`);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const to = { ArrowDown: now + 1, ArrowRight: now + 1, j: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, k: now - 1,
    Home: 0, End: end }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  show(to);
});
for (const [id, to] of [["first", () => 0], ["back", () => now - 1], ["on", () => now + 1], ["last", () => end]]) {
  byId(id).addEventListener("click", () => show(to()));
}
for (const row of document.querySelectorAll(".row")) {
  row.addEventListener("click", () => show(Number(row.dataset.step)));
}
// The names of the lanes stay in sight.
const picture = byId("picture");
const heads = byId("heads");
const names = picture.querySelector("#picture > svg text.head");
function keepHeads() {
  const top = names.getBoundingClientRect().top - picture.getBoundingClientRect().top;
  heads.toggleAttribute("hidden", top >= 0);
}
picture.addEventListener("scroll", keepHeads);
keepHeads();

const asked = Number.parseInt(location.hash.slice(1), 10);
show(Number.isNaN(asked) ? 0 : asked);
