"use strict";
// Shows the changes of a report. The data is in the element #data (change_spool.h and
// html_report.cc write it); its texts are printable and become text nodes, never markup.
(() => {
  const PAGE = 200; // rows added at a time
  const FEW = 5; // so many objects of a group are shown by themselves
  const FEW_PARTITIONS = 2;
  const OPEN_ROWS = 60; // a list of no more rows than this starts unfolded
  const PRINT_ROWS = 2000;
  const SLICE_MS = 40; // a search gives way to the keyboard this often

  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const SIGNS = { created: "+", updated: "~", filtered: "−", refused: "!", failed: "!" };
  const format = new Intl.NumberFormat("en-US");
  const number = (value) => format.format(value);

  /** An element with attributes and children; strings become text. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const plural = (count, kind) => `${number(count)} ${kind.toLowerCase()}${count === 1 ? "" : "s"}`;

  // ---- Data ------------------------------------------------------------------------------------

  class Group {
    constructor([kind, database, table, outcome, reason, count, first, last, moreFields, fields]) {
      this.kind = data.kinds[kind];
      this.kindIndex = kind;
      this.database = database;
      this.table = table;
      [this.outcome, this.outcomeWord] = data.outcomes[outcome];
      this.reason = reason;
      this.count = count;
      this.first = first;
      this.last = last;
      this.moreFields = moreFields;
      this.fields = fields.map(([path, rule, ...texts]) => ({
        path,
        rule,
        before: texts.slice(0, 3),
        after: texts.slice(3, 6),
        sameMiddle: texts[6] === 1,
      }));
      this.rows = [];
      this.decoded = null;
    }

    get size() {
      return this.rows.length;
    }

    get prefix() {
      if (this.kind === "DATABASE") return "";
      return this.kind === "PARTITION" ? `${this.database}.${this.table}/` : `${this.database}.`;
    }

    get title() {
      const count = plural(this.count, this.kind);
      if (this.kind === "DATABASE") return count;
      return `${count} of ${this.database}${this.kind === "PARTITION" ? "." + this.table : ""}`;
    }

    /** What a search looks at besides the objects' own texts. */
    get text() {
      const paths = this.fields.map((f) => (f.rule < 0 ? f.path : `${f.path} rule ${f.rule}`));
      return [this.kind, this.prefix, this.outcome, this.outcomeWord, this.reason, ...paths].join(" ");
    }

    /** Undoes the front coding: `[name, before, after, ...]` for each object. */
    objects() {
      if (this.decoded) return this.decoded;
      let previous = [];
      this.decoded = this.rows.map((row) => {
        const texts = [];
        let rest = "";
        for (let i = 1; i < row.length; i += 2) {
          rest = row[i + 1] === 0 ? rest : row[i + 1];
          texts.push((previous[texts.length] || "").slice(0, row[i]) + rest);
        }
        previous = texts;
        return texts;
      });
      return this.decoded;
    }

    display(texts) {
      return this.prefix + texts[0];
    }
  }

  const groups = data.groups.map((fields) => new Group(fields));
  for (const item of data.items) groups[item[0]].rows.push(item);
  data.items = null;
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const total = groups.reduce((sum, group) => sum + group.count, 0);

  // ---- What is shown ---------------------------------------------------------------------------

  const filter = { words: [], kinds: new Set(), outcomes: new Set(), order: "database" };

  const wordPattern = (word) => new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");

  /** Objects of `group` that the filter lets through; null: all of them. */
  function* pick(group) {
    const text = group.text;
    const left = filter.words.filter((word) => !word.test(text));
    if (left.length === 0) return null;
    const picked = [];
    let due = performance.now() + SLICE_MS;
    const objects = group.objects();
    for (let i = 0; i < objects.length; ++i) {
      const joined = objects[i].join("\n");
      if (left.every((word) => word.test(joined))) picked.push(i);
      if (i % 1000 === 999 && performance.now() > due) {
        yield;
        due = performance.now() + SLICE_MS;
      }
    }
    return picked;
  }

  /** `{group, picked, count}` for each group that is to be seen. */
  function* select() {
    const found = [];
    for (const group of groups) {
      if (!filter.kinds.has(group.kind) || !filter.outcomes.has(group.outcome)) continue;
      const picked = yield* pick(group);
      const count = picked === null ? group.count : picked.length;
      if (count > 0) found.push({ group, picked, count });
    }
    return found;
  }

  let searching = 0; // the number of the search under way; older ones give up

  async function search() {
    const mine = ++searching;
    const steps = select();
    for (;;) {
      const step = steps.next();
      if (step.done) return render(step.value);
      await new Promise((resume) => setTimeout(resume));
      if (mine !== searching) return undefined;
    }
  }

  // ---- Rows ------------------------------------------------------------------------------------

  const rule = (index) => make("span", { class: "tag" }, `rule ${index}`);

  /** A `<details>` whose content is made when it is first opened. */
  function foldable(name, summary, fill) {
    const body = make("div", { class: "body" });
    const details = make("details", { class: name }, make("summary", {}, ...summary), body);
    let filled = false;
    details.fill = () => {
      if (!filled) {
        filled = true;
        fill(body);
      }
    };
    details.unfold = () => {
      details.fill();
      details.open = true;
    };
    details.addEventListener("toggle", () => details.open && details.fill());
    return details;
  }

  /** Adds rows a page at a time, with a button for the next. */
  function addPaged(parent, count, makeRow) {
    let next = 0;
    const button = make("button", { type: "button", class: "page" });
    const add = () => {
      const focused = document.activeElement === button;
      const end = Math.min(next + PAGE, count);
      const rows = [];
      for (; next < end; ++next) rows.push(makeRow(next));
      button.remove();
      parent.append(...rows);
      if (next < count) {
        button.textContent = `Show ${number(Math.min(PAGE, count - next))} more of ${number(count - next)}`;
        parent.append(button);
        if (focused) button.focus();
      }
    };
    button.addEventListener("click", add);
    add();
  }

  const absent = () => make("i", { class: "absent" }, "absent");

  /** How many characters two texts have in common at their start and, beyond that, at their end. */
  function commonEnds(before, after) {
    const shortest = Math.min(before.length, after.length);
    let head = 0;
    while (head < shortest && before[head] === after[head]) ++head;
    let tail = 0;
    while (tail < shortest - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) ++tail;
    return [head, tail];
  }

  /** `text` with what lies between its ends marked by `tag`. */
  function marked(text, [head, tail], tag) {
    const end = text.length - tail;
    const middle = head < end ? [make(tag, {}, text.slice(head, end))] : [];
    return [text.slice(0, head), ...middle, text.slice(end)];
  }

  const arrow = () => make("span", { class: "arrow" }, "→");

  /** `before → after`, with what differs between the two marked. */
  function beforeAfter(before, after) {
    const ends = commonEnds(before, after);
    const side = (text, tag) => (text === "" ? absent() : make("code", {}, ...marked(text, ends, tag)));
    return [side(before, "del"), arrow(), side(after, "ins")];
  }

  /** The same for a group: what differs from object to object is marked in its own way. */
  function groupBeforeAfter({ before, after, sameMiddle }) {
    // Where each object's own part is kept, the texts differ before it.
    const ends = sameMiddle ? commonEnds(before[0], after[0]) : [0, 0];
    const side = ([prefix, middle, suffix], tag, shown) => {
      if (prefix + middle + suffix === "") return absent();
      if (middle === "") return make("code", {}, prefix);
      const head = sameMiddle ? marked(prefix, ends, tag) : [prefix];
      return make("code", {}, ...head, make("mark", {}, shown), suffix);
    };
    return [side(before, "del", `${before[1]} …`), arrow(), side(after, "ins", sameMiddle ? "…" : `${after[1]} …`)];
  }

  function fieldRow(field, texts) {
    const path = make("div", { class: "path" }, make("code", {}, field.path));
    if (field.rule >= 0) path.append(" ", rule(field.rule));
    return make("div", { class: "field" }, path, make("div", { class: "values" }, ...texts));
  }

  function reasonRow(group, message) {
    const lines = [make("div", {}, make("code", { class: "reason" }, group.reason), message ? ` ${message}` : "")];
    const advice = data.advice[group.reason];
    if (advice) lines.push(make("div", { class: "advice" }, `What to do: ${advice}.`));
    return make("div", { class: "field" }, ...lines);
  }

  const isChange = (group) => group.outcome === "created" || group.outcome === "updated";

  function moreFields(group) {
    if (group.moreFields === 0) return [];
    return [make("p", { class: "more" }, `… and ${number(group.moreFields)} more fields; objects.ndjson has them`)];
  }

  function itemFields(group, texts) {
    if (!isChange(group)) return [reasonRow(group, texts[2])];
    const rows = group.fields.map((field, i) => fieldRow(field, beforeAfter(texts[1 + 2 * i], texts[2 + 2 * i])));
    return [...rows, ...moreFields(group)];
  }

  function sign(group) {
    return [
      make("span", { class: "sign", "aria-hidden": "true" }, SIGNS[group.outcome]),
      make("span", { class: "outcome" }, group.outcomeWord),
    ];
  }

  const anchorOf = (group, texts) => `${group.kind.toLowerCase()}:${group.display(texts)}`;
  const encodeAnchor = (text) =>
    encodeURIComponent(text)
      .replace(/%(2F|3D|3A|2C)/g, decodeURIComponent)
      .replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

  function itemRow(group, index, open) {
    const texts = group.objects()[index];
    const name = group.display(texts) || "(without a name)";
    const anchor = anchorOf(group, texts);
    const summary = [...sign(group), make("span", { class: "kind" }, group.kind), make("code", { class: "name" }, name)];
    const foldables = isChange(group) ? group.fields.length > 0 : true;
    const content = foldables
      ? foldable("item", summary, (body) => body.append(...itemFields(group, texts)))
      : make("div", { class: "item plain" }, ...summary);
    const link = make("a", { class: "anchor", href: "#" + encodeAnchor(anchor), "aria-label": `Link to ${name}` }, "#");
    const row = make("div", { class: `row o-${group.outcome}` }, content, link);
    row.dataset.anchor = anchor;
    if (open && foldables) content.unfold();
    return row;
  }

  function groupRow({ group, picked, count }, open) {
    const part = picked === null ? group.title : `${number(count)} of ${group.title} match`;
    const summary = [
      ...sign(group),
      make("span", { class: "title" }, part),
      make("span", { class: "range" }, make("code", {}, group.first), " … ", make("code", {}, group.last)),
    ];
    const folded = foldable("group", summary, (body) => {
      addPaged(body, picked ? picked.length : group.size, (i) => itemRow(group, picked ? picked[i] : i, false));
      if (picked === null && group.size < group.count)
        body.append(make("p", { class: "more" }, `… and ${number(group.count - group.size)} more in objects.ndjson`));
    });
    const fields = isChange(group)
      ? group.fields.map((f) => fieldRow(f, groupBeforeAfter(f)))
      : [reasonRow(group, "")];
    const row = make("div", { class: `row o-${group.outcome}` }, folded, make("div", { class: "alike" }, ...fields, ...moreFields(group)));
    row.groupOf = group;
    if (open) folded.unfold();
    return row;
  }

  /** Rows for one group: its objects when they are few, else one row. */
  function rowsOf(found) {
    const { group, picked } = found;
    const size = picked ? picked.length : group.size;
    const few = group.kind === "PARTITION" ? FEW_PARTITIONS : FEW;
    const single = size > 0 && size <= few && (picked !== null || group.size === group.count || !isChange(group));
    if (!single) return [() => groupRow(found, picked !== null && size <= 20)];
    const rows = [];
    for (let i = 0; i < size; ++i) rows.push(() => itemRow(group, picked ? picked[i] : i, group.fields.length <= 4));
    return rows;
  }

  // ---- The list --------------------------------------------------------------------------------

  const list = byId("list");

  function counts(entries) {
    const sums = new Map();
    for (const { group, count } of entries) {
      const key = `${group.outcomeWord}\n${group.kind}\n${group.outcome}`;
      sums.set(key, (sums.get(key) || 0) + count);
    }
    return [...sums].map(([key, sum]) => {
      const [word, kind, outcome] = key.split("\n");
      const chip = make("span", { class: `chip o-${outcome}` }, make("b", {}, number(sum)));
      chip.append(` ${kind.toLowerCase()}${sum === 1 ? "" : "s"} ${word}`);
      return chip;
    });
  }

  function placeRow(place) {
    const title = make("span", { class: "place" }, place.name || "(without a database)");
    const details = foldable("place", [title, make("span", { class: "chips" }, ...counts(place.entries))], (body) => {
      const rows = place.entries.flatMap(rowsOf);
      addPaged(body, rows.length, (i) => rows[i]());
    });
    details.place = place;
    return details;
  }

  function render(found) {
    const byKind = filter.order === "kind";
    found.sort(({ group: a }, { group: b }) =>
      (byKind ? a.kindIndex - b.kindIndex : 0) || compare(a.database, b.database) || a.kindIndex - b.kindIndex ||
      compare(a.table, b.table) || compare(a.first, b.first));
    const places = [];
    for (const entry of found) {
      const name = byKind ? entry.group.kind : entry.group.database;
      if (places.length === 0 || places[places.length - 1].name !== name) places.push({ name, entries: [] });
      places[places.length - 1].entries.push(entry);
    }
    list.replaceChildren();
    const rows = found.reduce((sum, entry) => sum + rowsOf(entry).length, 0);
    addPaged(list, places.length, (i) => {
      const row = placeRow(places[i]);
      if (rows <= OPEN_ROWS || places.length === 1 || (filter.words.length > 0 && i < 20)) row.unfold();
      return row;
    });
    tell(found.reduce((sum, { count }) => sum + count, 0));
  }

  function tell(count) {
    let text = count === total ? `${number(total)} objects` : `${number(count)} of ${number(total)} objects match`;
    if (total === 0) text = "No object was changed, left out or refused.";
    if (data.leftOut + data.hidden > 0)
      text += `. ${number(data.leftOut + data.hidden)} more are not in this file; objects.ndjson${data.folder ? " in " + data.folder : ""} has all`;
    byId("found").textContent = text;
  }

  // ---- Filter ----------------------------------------------------------------------------------

  function addChoices(field, values, chosen) {
    for (const [value, word, count] of values) {
      const box = make("input", { type: "checkbox", id: `show-${value}` });
      box.checked = chosen.has(value);
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(value);
        else chosen.delete(value);
        search();
      });
      field.append(make("span", { class: `choice o-${value}` }, box, make("label", { for: box.id }, `${word} `, make("b", {}, number(count)))));
    }
    field.hidden = values.length < 2;
  }

  function startFilter() {
    const sums = new Map();
    for (const group of groups)
      for (const key of [group.kind, group.outcome]) sums.set(key, (sums.get(key) || 0) + group.count);
    const kinds = data.kinds.filter((kind) => sums.has(kind));
    const outcomes = data.outcomes.filter(([outcome]) => sums.has(outcome));
    kinds.forEach((kind) => filter.kinds.add(kind));
    // What include and exclude leave out is seldom looked for.
    outcomes.forEach(([outcome]) => (outcome !== "filtered" || outcomes.length === 1) && filter.outcomes.add(outcome));
    addChoices(byId("kinds"), kinds.map((kind) => [kind, kind.toLowerCase(), sums.get(kind)]), filter.kinds);
    addChoices(byId("outcomes"), outcomes.map(([outcome, word]) => [outcome, word, sums.get(outcome)]), filter.outcomes);

    let timer = 0;
    byId("search").addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        filter.words = event.target.value.split(/\s+/).filter(Boolean).map(wordPattern);
        search();
      }, 120);
    });
    byId("order").addEventListener("change", (event) => {
      filter.order = event.target.value;
      search();
    });
    byId("filter").addEventListener("submit", (event) => event.preventDefault());
    byId("unfold").addEventListener("click", () => {
      for (const details of list.querySelectorAll("details.place, details.item")) details.unfold();
    });
    byId("fold").addEventListener("click", () => {
      for (const details of list.querySelectorAll("details")) details.open = false;
    });
    byId("filter").hidden = groups.length === 0;
  }

  // ---- Links -----------------------------------------------------------------------------------

  function locate(anchor) {
    const kind = anchor.slice(0, anchor.indexOf(":")).toUpperCase();
    const display = anchor.slice(kind.length + 1);
    for (const group of groups) {
      if (group.kind !== kind || !display.startsWith(group.prefix)) continue;
      const index = group.objects().findIndex((texts) => group.display(texts) === display);
      if (index >= 0) return { group, index };
    }
    return null;
  }

  function showRow(row) {
    for (const old of list.querySelectorAll(".target")) old.classList.remove("target");
    row.classList.add("target");
    const details = row.querySelector("details.item");
    if (details) details.unfold();
    row.scrollIntoView({ block: "center" });
    (row.querySelector("summary") || row.querySelector("a")).focus({ preventScroll: true });
  }

  async function followHash() {
    let anchor = "";
    try {
      anchor = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    if (!/^(database|function|table|partition):/.test(anchor)) return;
    const target = locate(anchor);
    if (!target) {
      byId("found").textContent = `${anchor.slice(anchor.indexOf(":") + 1)} is not among the changes of this file.`;
      byId("changes").scrollIntoView();
      return;
    }
    const { group, index } = target;
    // Whatever the filter hides, a link leads to its object.
    byId("search").value = "";
    filter.words = [];
    for (const [set, value] of [[filter.kinds, group.kind], [filter.outcomes, group.outcome]]) {
      set.add(value);
      const box = byId(`show-${value}`);
      if (box) box.checked = true;
    }
    await search();
    reveal(group, index, anchor);
  }

  const isFor = (anchor) => (row) => row.dataset.anchor === anchor;

  function reveal(group, index, anchor) {
    let place = [...list.children].find((row) => row.place && row.place.entries.some((entry) => entry.group === group));
    for (let button; !place && (button = list.querySelector(":scope > button.page")); ) {
      button.click();
      place = [...list.children].find((row) => row.place && row.place.entries.some((entry) => entry.group === group));
    }
    place.unfold();
    const body = place.querySelector(".body");
    const find = () => {
      const rows = [...body.children];
      return rows.find(isFor(anchor)) || rows.find((row) => row.groupOf === group);
    };
    let row = find();
    for (let button; !row && (button = body.querySelector(":scope > button.page")); row = find()) button.click();
    if (row.groupOf) {
      const folded = row.querySelector("details.group");
      folded.unfold();
      const inner = folded.querySelector(".body");
      // A row that is pages away is shown by itself at the top.
      const there = [...inner.children].find(isFor(anchor));
      row = there || itemRow(group, index, true);
      if (!there) inner.prepend(row);
    }
    showRow(row);
  }

  list.addEventListener("click", async (event) => {
    const link = event.target.closest("a.anchor");
    if (!link || !navigator.clipboard) return;
    try {
      await navigator.clipboard.writeText(link.href);
      byId("found").textContent = "The link has been copied.";
    } catch {
      // The browser does not allow it: the address bar has the link.
    }
  });

  // ---- Print -----------------------------------------------------------------------------------

  let opened = [];
  window.addEventListener("beforeprint", () => {
    const folded = [...document.querySelectorAll("details:not([open])")];
    opened = folded.filter((details) => !details.classList.contains("group") && !details.classList.contains("item"));
    if (groups.length > PRINT_ROWS) opened = opened.filter((details) => !details.classList.contains("place"));
    for (const details of opened) {
      if (details.fill) details.fill();
      details.open = true;
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });

  startFilter();
  search().then(followHash);
  window.addEventListener("hashchange", followHash);
})();
