"use strict";
/* Tables of any length: only the rows in sight are in the page. Loads nothing, sends nothing, writes texts as text. */
(() => {
  const ROW = 29, SPARE = 12; // pixels of a row with its line; rows drawn above and below those in sight
  const { tables, texts } = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id), scroll = $("scroll"), grid = scroll.querySelector("table");
  const head = grid.tHead, body = grid.tBodies[0], collator = new Intl.Collator("en", { numeric: true });
  const lowered = []; // texts in small letters, made when they are first searched
  let table, filters, view, order, chosen, open, drawn;

  function make(tag, given = {}, ...inside) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(given))
      if (name in element && typeof value !== "string") element[name] = value; else element.setAttribute(name, value);
    element.append(...inside);
    return element;
  }
  const shown = (value, column) => value === null || value === undefined ? ""
    : column.kind === "number" && typeof value === "number" ? column.digits === undefined ? String(value) : value.toFixed(column.digits) : String(value);

  const look = (column) => column.kind === "number" ? "number" : "";

  function take(number) {
    table = tables[number]; filters = new Map(); order = { column: -1, down: false }; chosen = 0; open = false;
    $("table-name").textContent = table.name;
    for (const [n, button] of [...$("tables").children].entries()) button.setAttribute("aria-current", String(n === number));
    head.replaceChildren(make("tr", { "aria-rowindex": "1" }, ...table.columns.map((column, n) => {
      const cell = make("th", { scope: "col", class: look(column), title: column.meaning || column.name }, make("button", { type: "button", tabindex: "0" }, column.name));
      cell.style.width = `${column.width || 9}rem`;
      cell.firstChild.addEventListener("click", () => sort(n));
      return cell;
    })));
    grid.style.width = `${table.columns.reduce((sum, column) => sum + (column.width || 9), 0)}rem`;
    controls(); update();
  }

  function controls() {
    const search = make("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false" });
    search.addEventListener("input", update);
    const selects = table.columns.flatMap((column, n) => {
      if (!column.filter) return [];
      const counts = new Map();
      for (const row of table.rows) counts.set(row[n], (counts.get(row[n]) || 0) + 1);
      const values = [...counts.keys()].sort((a, b) => collator.compare(a, b));
      const select = make("select", { id: `filter-${n}` }, make("option", { value: "" }, `all (${values.length})`),
        ...values.map((value, at) => make("option", { value: String(at) }, `${value || "(empty)"} (${counts.get(value).toLocaleString("en")})`)));
      select.addEventListener("change", () => {
        if (select.value === "") filters.delete(n); else filters.set(n, values[Number(select.value)]);
        update();
      });
      return [make("label", { for: `filter-${n}` }, column.name, select)];
    });
    $("filters").replaceChildren(make("label", { for: "search" }, "search in all words", search), ...selects);
  }

  function matching(words) {
    if (!words.length) return null;
    const inTexts = words.map((word) => texts.map((text, n) => (lowered[n] ??= text.toLowerCase()).includes(word)));
    wordsOf(table);
    const own = table.columns.flatMap((column, n) => column.kind === "hidden" ? [n] : []);
    return (at) => words.every((word, w) => table.words[at].includes(word) || own.some((n) => inTexts[w][table.rows[at][n]]));
  }

  const wordsOf = (one) => one.words ??= one.rows.map((row) => row.filter((cell, n) => one.columns[n].kind !== "hidden").join("\u0001").toLowerCase());

  /* Make the small letters that a search needs while nobody waits. */
  function prepare(n) {
    const end = Math.min(n + 2000, texts.length);
    for (let at = n; at < end; at++) lowered[at] ??= texts[at].toLowerCase();
    if (end < texts.length) setTimeout(prepare, 10, end); else tables.forEach(wordsOf);
  }

  function update() {
    const fits = matching($("search").value.toLowerCase().split(/\s+/).filter(Boolean)), some = [...filters];
    view = [];
    for (let at = 0; at < table.rows.length; at++) {
      const row = table.rows[at];
      if (some.every(([n, value]) => row[n] === value) && (!fits || fits(at))) view.push(at);
    }
    arrange(); chosen = 0; scroll.scrollTop = 0; refresh();
  }

  function sort(n) {
    order = { column: n, down: order.column === n ? !order.down : table.columns[n].kind === "number" };
    arrange(); chosen = 0; scroll.scrollTop = 0; refresh();
  }

  function arrange() {
    const { column: n, down } = order;
    for (const [at, cell] of [...head.rows[0].cells].entries())
      cell.setAttribute("aria-sort", at !== n ? "none" : down ? "descending" : "ascending");
    if (n < 0) return;
    const number = table.columns[n].kind === "number", sign = down ? -1 : 1;
    const missing = (value) => value === null || value === undefined || value === "";
    const ranks = number ? null : new Map([...new Set(view.map((at) => table.rows[at][n]))].sort(collator.compare).map((value, rank) => [value, rank]));
    view.sort((one, other) => {
      const a = table.rows[one][n], b = table.rows[other][n];
      if (missing(a) || missing(b)) return missing(a) - missing(b) || one - other; // what is unknown comes last, whichever way
      return sign * (number ? a - b : ranks.get(a) - ranks.get(b)) || one - other;
    });
  }

  function refresh() {
    const all = table.rows.length.toLocaleString("en");
    $("count").textContent = view.length === table.rows.length ? `${all} rows` : `${view.length.toLocaleString("en")} of ${all} rows`;
    grid.setAttribute("aria-rowcount", String(view.length + 1));
    drawn = ""; draw(); detail();
  }

  function draw() {
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - SPARE);
    const last = Math.min(view.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + SPARE);
    const now = `${first} ${last} ${chosen}`;
    if (now === drawn) return;
    drawn = now;
    const rows = [];
    for (let place = first; place < last; place++) rows.push(line(place));
    body.replaceChildren(space(first), ...rows, space(view.length - last));
    const visible = chosen >= first && chosen < last;
    if (visible) grid.setAttribute("aria-activedescendant", `row-${chosen}`); else grid.removeAttribute("aria-activedescendant");
  }

  function space(rows) {
    const cell = make("td", { class: "space", colspan: String(table.columns.length) });
    cell.style.height = `${rows * ROW}px`;
    return make("tr", { "aria-hidden": "true" }, cell);
  }

  function line(place) {
    const row = table.rows[view[place]];
    const made = make("tr", { id: `row-${place}`, "aria-rowindex": String(place + 2), "aria-selected": String(place === chosen), class: place === chosen ? "chosen" : "" },
      ...table.columns.flatMap((column, n) => {
        if (column.kind === "hidden") return [];
        const text = shown(row[n], column), cell = make("td", { class: look(column) + ({ "candidate lost": "lost", "candidate won": "won" }[text] || "") });
        cell.textContent = text;
        return [cell];
      }));
    made.addEventListener("click", () => { chosen = place; open = true; draw(); detail(); grid.focus({ preventScroll: true }); });
    return made;
  }

  function detail() {
    const section = $("detail"), row = open && view.length ? table.rows[view[chosen]] : null;
    section.hidden = !row;
    if (!row) return;
    const facts = make("dl"), at = (name) => table.columns.findIndex((column) => column.name === name);
    table.columns.forEach((column, n) => {
      if (column.kind !== "hidden" && shown(row[n], column) !== "") facts.append(make("div", {}, make("dt", {}, column.name), make("dd", { dir: "auto" }, shown(row[n], column))));
    });
    section.replaceChildren(facts);
    const text = (name) => at(name) < 0 ? "" : texts[row[at(name)]] || "";
    const block = (title) => { const area = make("div", { class: "text", dir: "auto", tabindex: "0", role: "group", "aria-label": title }); return [make("div", {}, make("h3", {}, title), area), area]; };
    if (text("asked")) { const [whole, area] = block("Asked"); area.textContent = text("asked"); section.append(whole); }
    if (text("one") || text("other")) {
      const against = row[at("incumbent")], [left, one] = block(against ? `Incumbent: ${against}` : "Expected"), [right, other] = block(`Candidate: ${row[at("candidate")]}`);
      differences.show(one, other, text("one"), text("other"));
      section.append(make("div", { class: "pair" }, left, right));
    }
    if (!text("asked") && !text("one") && !text("other") && at("asked") >= 0) section.append(make("p", { class: "quiet" }, "No texts were recorded for this row."));
  }

  function move(to) {
    if (!view.length) return;
    chosen = Math.max(0, Math.min(view.length - 1, to));
    const top = chosen * ROW, seen = scroll.clientHeight - head.offsetHeight - ROW;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top > scroll.scrollTop + seen) scroll.scrollTop = top - seen;
    draw(); detail();
  }

  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid) return;
    const page = Math.max(1, Math.floor(scroll.clientHeight / ROW) - 2);
    const steps = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + page, PageUp: chosen - page, Home: 0, End: view.length - 1 };
    if (event.key in steps) move(steps[event.key]);
    else if (event.key === "Enter") { open = true; detail(); move(chosen); }
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select");
    if (event.key === "Escape") { open = false; detail(); grid.focus(); }
    else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "/") { event.preventDefault(); $("search").focus(); }
    else if (event.key === "r") { filters.clear(); $("filters").reset(); update(); }
  });
  $("filters").addEventListener("submit", (event) => { event.preventDefault(); grid.focus(); });
  scroll.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(() => draw()).observe(scroll);
  if (tables.length > 1) $("tables").replaceChildren(...tables.map((one, n) => {
    const button = make("button", { type: "button" }, `${one.name} (${one.rows.length.toLocaleString("en")})`);
    button.addEventListener("click", () => take(n));
    return button;
  }));
  take(0);
  setTimeout(prepare, 50, 0);
})();
