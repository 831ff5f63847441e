"use strict";

/*
 * Draws the report of a look into one image, and what is different from another.
 *
 * What is shown comes from images and is hostile. It goes into text nodes and into attributes that
 * run nothing; nothing here parses HTML, and nothing is loaded.
 */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const look = data.document;
  const other = data.other;

  const SEVERITIES = ["critical", "high", "medium", "low", "none", "unknown"];
  const CALM = { error: "must be mended", warning: "should be mended", info: "worth knowing" };
  const SVG = "http://www.w3.org/2000/svg";
  const ROWS = 30;
  const MORE_ROWS = 500;
  const PRINTED_ROWS = 1000;
  const HUES = 8;

  /* ---- Elements and words ---- */

  function give(element, properties, children) {
    for (const [key, value] of Object.entries(properties || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "on") {
        for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
      } else if (key === "width") {
        element.style.width = value;
      } else {
        element.setAttribute(key, value === true ? "" : value);
      }
    }
    for (const child of children.flat(2)) {
      if (child !== null && child !== undefined && child !== false) element.append(child);
    }
    return element;
  }

  const h = (tag, properties, ...children) => give(document.createElement(tag), properties, children);

  function s(tag, properties, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(properties || {})) {
      if (value !== null && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }

  /** A text with `code` in it. */
  function inline(text) {
    return String(text).split("`").map((part, at) => (at % 2 ? h("code", null, part) : part));
  }

  const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");

  function plural(number, noun, many) {
    return `${count(number)} ${number === 1 ? noun : many || `${noun}s`}`;
  }

  function size(bytes) {
    let rest = Math.abs(bytes);
    const sign = bytes < 0 ? "\u2212" : "";
    if (rest < 1000) return `${sign}${rest}\u00a0B`;
    let unit = "";
    for (unit of ["kB", "MB", "GB", "TB"]) {
      rest /= 1000;
      if (rest < 999.95) break;
    }
    return `${sign}${rest.toFixed(1)}\u00a0${unit}`;
  }

  function percent(part, whole) {
    if (!whole || !part) return "0\u00a0%";
    const value = (100 * part) / whole;
    return value < 0.1 ? "<\u00a00.1\u00a0%" : `${value < 9.95 ? value.toFixed(1) : Math.round(value)}\u00a0%`;
  }

  function list(words) {
    return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  }

  const day = (time) => (/^\d{4}-\d\d-\d\d/.test(time) ? time.slice(0, 10) : time);
  const short = (digest) => digest.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1");
  const sum = (items, of) => items.reduce((total, item) => total + of(item), 0);
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const layerName = (at) => (at === null || at === undefined ? "" : `layer ${at}`);

  function mark(kind, label) {
    const words = label === undefined ? CALM[kind] || "" : label;
    return h("span", { class: `mark ${kind}`, role: words ? "img" : null, "aria-label": words || null,
      "aria-hidden": words ? null : "true" });
  }

  function severity(name) {
    const level = { critical: 4, high: 3, medium: 2, low: 1 }[name] || 0;
    return h("span", { class: `severity ${SEVERITIES.includes(name) ? name : "unknown"}` },
      h("i", { "aria-hidden": "true" }, [1, 2, 3, 4].map((at) => h("b", { class: at <= level ? "on" : null }))),
      name);
  }

  function facts(pairs) {
    const told = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined
      && !(Array.isArray(value) && !value.length));
    return h("dl", { class: "facts-list" }, told.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
  }

  const sections = [];

  function section(id, title, told, ...content) {
    const element = h("section", { id, "aria-labelledby": `${id}-title` },
      h("div", { class: "title" }, h("h2", { id: `${id}-title` }, title), told && h("p", null, told)), ...content);
    return element;
  }

  function place(id, title, number, element) {
    sections.push({ id, title, number, element });
  }

  /* ---- Which layer is looked at ---- */

  const chosen = { layer: null, listeners: [] };

  function choose(layer) {
    chosen.layer = chosen.layer === layer ? null : layer;
    for (const listener of chosen.listeners) listener();
  }

  function instruction(at) {
    const layer = look.layers[at];
    return layer ? layer.instruction || short(layer.diff_id) : "";
  }

  /* ---- Tables ---- */

  /**
   * A table with search, filters, and columns that sort.
   *
   * A column has `title`, `key` (row → what it is sorted by), and may have `show` (row → content),
   * `number`, `wide` (left out on a phone), `down` (sorts down at first). `details` (row → content)
   * makes the first column open it. Filters are selects or checkboxes: `{title, of, values}` or
   * `{title, when}`.
   */
  function table({ id, caption, noun, columns, rows, search, filters = [], sort, down = false, details, layerOf, nothing }) {
    const state = { column: sort, down, words: "", limit: ROWS, values: filters.map(() => "") };
    const opened = new Set();
    const status = h("span", { class: "count", role: "status" });
    const body = h("tbody");
    const more = h("button", { class: "more-rows", type: "button", on: { click: () => { state.limit += MORE_ROWS; draw(); } } });
    const texts = search && rows.map((row) => search(row).join("\n").toLowerCase());
    const heads = columns.map((column, at) => h("th", { scope: "col", class: classes(column) },
      column.key
        ? h("button", { type: "button", on: { click: () => order(at) } }, column.title)
        : column.title));
    const none = h("p", { class: "none", hidden: true }, nothing || "Nothing matches.");

    function classes(column) {
      return [column.number && "number", column.wide && "wide", column.short && "short"].filter(Boolean).join(" ") || null;
    }

    function order(at) {
      if (state.column === at) state.down = !state.down;
      else { state.column = at; state.down = Boolean(columns[at].down); }
      state.limit = ROWS;
      if (sorts) sorts.value = String(at);
      draw();
    }

    function found() {
      const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
      const at = rows.map((_, index) => index).filter((index) => {
        const row = rows[index];
        if (layerOf && chosen.layer !== null && layerOf(row) !== chosen.layer) return false;
        if (words.length && !words.every((word) => texts[index].includes(word))) return false;
        return filters.every((filter, which) => {
          const value = state.values[which];
          if (!value) return true;
          return filter.when ? filter.when(row) : filter.of(row) === value;
        });
      });
      const column = columns[state.column];
      if (column) {
        const keys = new Map(at.map((index) => [index, column.key(rows[index])]));
        const sign = state.down ? -1 : 1;
        at.sort((a, b) => sign * compare(keys.get(a), keys.get(b)) || a - b);
      }
      return at;
    }

    function draw() {
      const at = found();
      heads.forEach((head, index) => {
        if (index === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      body.replaceChildren(...at.slice(0, state.limit).flatMap((index) => line(index)));
      const left = at.length - state.limit;
      more.hidden = left <= 0;
      more.textContent = left > 0 ? `Show ${count(Math.min(left, MORE_ROWS))} more of ${count(at.length)}` : "";
      none.hidden = at.length > 0;
      status.textContent = at.length === rows.length
        ? plural(rows.length, ...noun)
        : `${count(at.length)} of ${plural(rows.length, ...noun)}`;
    }

    function line(index) {
      const row = rows[index];
      const show = (column) => (column.show ? column.show(row) : String(column.key(row)));
      const cells = columns.map((column, at) => {
        const content = details && at === 0
          ? h("button", { class: "disclose", type: "button", "aria-expanded": String(opened.has(index)),
            "aria-controls": `${id}-${index}`, on: { click: () => toggle(index) } }, h("span", null, show(column)))
          : show(column);
        return at === 0
          ? h("th", { scope: "row", class: `row-head ${classes(column) || ""}` }, content)
          : h("td", { class: classes(column) }, content);
      });
      const made = h("tr", { "data-row": index }, cells);
      return opened.has(index) ? [made, detail(index)] : [made];
    }

    function detail(index) {
      return h("tr", { class: "detail", id: `${id}-${index}` }, h("td", { colspan: columns.length }, details(rows[index])));
    }

    function toggle(index) {
      const row = body.querySelector(`tr[data-row="${index}"]`);
      const button = row.querySelector(".disclose");
      if (opened.delete(index)) {
        row.nextElementSibling.remove();
        button.setAttribute("aria-expanded", "false");
      } else {
        opened.add(index);
        row.after(detail(index));
        button.setAttribute("aria-expanded", "true");
      }
    }

    const again = () => { state.limit = ROWS; draw(); };
    const sorts = rows.length > 5 && h("select", { "aria-label": `Sort ${noun[1] || `${noun[0]}s`} by`,
      on: { change: (event) => order(Number(event.target.value)) } },
      columns.map((column, at) => column.key && h("option", { value: at, selected: at === sort }, `by ${column.title.toLowerCase()}`)));
    const tools = [];
    if (search && rows.length > 5) {
      tools.push(h("input", { type: "search", placeholder: "Search", "aria-label": `Search ${noun[1] || `${noun[0]}s`}`,
        spellcheck: "false", autocomplete: "off", on: { input: (event) => { state.words = event.target.value; again(); } } }));
    }
    filters.forEach((filter, which) => {
      const set = (value) => { state.values[which] = value; again(); };
      if (filter.when) {
        if (!rows.some(filter.when) || rows.every(filter.when)) return;
        tools.push(h("label", null, h("input", { type: "checkbox", on: { change: (event) => set(event.target.checked ? "yes" : "") } }), filter.title));
        return;
      }
      const values = [...new Set(rows.map(filter.of))].filter((value) => value !== "");
      values.sort(filter.order || compare);
      if (values.length < 2) return;
      tools.push(h("select", { "aria-label": filter.title, on: { change: (event) => set(event.target.value) } },
        h("option", { value: "" }, filter.all),
        values.map((value) => h("option", { value }, (filter.name || String)(value)))));
    });
    if (layerOf) chosen.listeners.push(again);
    addEventListener("beforeprint", () => { state.limit = Math.max(state.limit, PRINTED_ROWS); draw(); });
    draw();
    return h("div", { class: "panel", id: `${id}-table` },
      h("div", { class: tools.length || sorts ? "filter" : "visually-hidden" }, tools, sorts && h("span", { class: "sorts" }, sorts), status),
      h("table", null, h("caption", { class: "visually-hidden" }, caption), h("thead", null, h("tr", null, heads)), body),
      none, more);
  }

  /** A size with a bar under it. */
  function amount(bytes, most) {
    return h("span", { class: "amount" }, size(bytes),
      h("i", { "aria-hidden": "true", width: `${(most ? (4.2 * bytes) / most : 0).toFixed(2)}rem` }));
  }

  const layerFilter = {
    title: "Layer", all: "All layers", of: (row) => (row.layer === null ? "" : String(row.layer)),
    order: (a, b) => Number(a) - Number(b), name: (value) => `Layer ${value}`,
  };

  /* ---- Head ---- */

  function head() {
    const image = look.image;
    const toggle = h("button", { class: "quiet", type: "button", id: "theme" });
    const root = document.documentElement;
    const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
    const name = () => { toggle.textContent = dark() ? "Light" : "Dark"; toggle.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours"); };
    toggle.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("boxwright-theme", root.dataset.theme); } catch { /* kept for this page only */ }
      name();
    });
    try {
      const kept = localStorage.getItem("boxwright-theme");
      if (kept === "light" || kept === "dark") root.dataset.theme = kept;
    } catch { /* a file of its own has no storage in some browsers */ }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
    name();
    const logo = s("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" },
      s("rect", { x: 0, y: 0, width: 16, height: 7, rx: 1.5 }),
      s("rect", { x: 0, y: 8.5, width: 9, height: 7.5, rx: 1.5 }),
      s("rect", { x: 10.5, y: 8.5, width: 5.5, height: 7.5, rx: 1.5 }));
    return h("header", { class: "head" }, h("div", { class: "head-inner" },
      h("div", { class: "bar" },
        h("span", { class: "brand" }, logo, "Boxwright, a look into an image"), toggle),
      h("h1", null, image.name),
      h("p", { class: "facts" }, [
        image.platform,
        image.distribution && (image.distribution.name || image.distribution.id),
        image.created && `made ${day(image.created)}`,
        `${plural(look.layers.length, "layer")}, ${plural(image.files.files, "file")}`,
        h("span", { class: "mono", title: image.digest }, short(image.digest)),
      ].filter(Boolean).map((fact) => h("span", null, fact))),
      h("ul", { class: "verdict" }, verdict().map(([kind, text]) => h("li", null, mark(kind, ""), h("span", null, strong(text)))))));
  }

  /** A sentence of ours, with *what matters* in it. */
  const strong = (text) => text.split("*").map((part, at) => (at % 2 ? h("b", null, part) : part));

  /** The answers, in sentences. */
  function verdict() {
    const sizes = look.image.sizes;
    const said = [];
    const likely = sum(look.waste.filter((waste) => !waste.certain), (waste) => waste.size);
    said.push([sizes.waste > sizes.unpacked / 50 ? "warning" : "good",
      `*${size(sizes.unpacked)}* unpacked, ${size(sizes.stored)} to pull. `
      + (sizes.waste ? `*${size(sizes.waste)}* (${percent(sizes.waste, sizes.unpacked)}) no container can need` : "Every byte is one that a container sees")
      + (likely ? `${sizes.waste ? "; " : ", and "}up to ${size(likely)} more ${sizes.waste ? "" : "of them "}are likely not needed.` : ".")]);
    const sure = look.leaks.filter((leak) => leak.certain);
    const gone = sure.filter((leak) => leak.state !== "live").length;
    if (sure.length) {
      said.push(["error", `*${plural(sure.length, "credential")}* can be read by whoever has the image`
        + (gone ? `, ${gone === sure.length ? (gone === 1 ? "though a later layer hides it" : "though later layers hide them") : `${count(gone)} of them in files that a later layer hides`}.` : ".")]);
    } else {
      said.push(["good", look.leaks.length
        ? `No credential that its form gives away; ${plural(look.leaks.length, "value")} to look at.`
        : "No credentials found."]);
    }
    const found = look.vulnerabilities;
    if (found) {
      const told = SEVERITIES.slice(0, 2).filter((name) => found.counts[name]).map((name) => `${count(found.counts[name])} ${name}`);
      const total = sum(SEVERITIES, (name) => found.counts[name]);
      const known = total ? `*${plural(total, "known vulnerability", "known vulnerabilities")}*` : "";
      said.push(total
        ? [told.length ? "error" : "warning", `${known}${told.length ? `, ${list(told)}` : ", none high or critical"}; ${count(found.fixable)} can be mended by a newer version.`]
        : ["good", "No known vulnerabilities."]);
    }
    const harmful = look.artifacts.filter((artifact) => artifact.dangerous.length && artifact.state === "live" && !artifact.package);
    if (harmful.length) said.push(["error", `*${plural(harmful.length, "model file")}* would run other programs when ${harmful.length === 1 ? "it is" : "they are"} loaded.`]);
    if (look.practices) {
      const broken = look.practices.broken;
      const kept = look.practices.kept.length;
      const worst = broken.some((rule) => rule.severity === "error") ? "error" : "warning";
      said.push(broken.length
        ? [worst, `*${plural(broken.length, "practice")}* broken${kept ? `, ${count(kept)} kept` : ""}.`]
        : ["good", `All ${kept ? `${count(kept)} ` : ""}practices are kept.`]);
    }
    return said;
  }

  /* ---- Overview ---- */

  function overview() {
    const total = look.image.sizes.unpacked;
    const parts = [];
    let hue = 0;
    for (const cause of look.causes) {
      const style = cause.cause === "hidden" ? "hatched" : hue < HUES && cause.cause !== "unowned" ? `k${hue++}` : "rest";
      parts.push({ ...cause, style });
    }
    const bar = h("div", { class: "strip", "aria-hidden": "true" }, parts.filter((part) => part.size > total / 1000)
      .map((part) => h("span", { class: part.style, width: `${(100 * part.size) / total}%`, title: `${part.title}, ${size(part.size)}` })));
    const legend = h("ul", { class: "legend" }, parts.map((part) => h("li", null,
      h("span", { class: `swatch ${part.style}`, "aria-hidden": "true" }), h("span", null, part.title),
      h("span", { class: "number" }, size(part.size)), h("span", { class: "number muted" }, percent(part.size, total)),
      part.largest.length > 0 && h("small", null, part.largest.slice(0, 3).map((one) => `${one.name} ${size(one.size)}`).join(", ")))));
    const orders = (from, to) => h("ol", { class: "actions panel", start: from + 1, "aria-labelledby": "actions" },
      look.actions.slice(from, to).map((action) => h("li", null, mark(action.severity), h("span", null, inline(action.text)),
        h("span", { class: "saves" }, action.saves ? `saves ${size(action.saves)}` : ""))));
    const first = look.actions.length > 9 ? 7 : look.actions.length;
    const actions = first > 0 && h("div", { class: "stack" }, h("h3", { id: "actions" }, "What to do, the most pressing first"), orders(0, first),
      first < look.actions.length && h("details", null, h("summary", null, `${count(look.actions.length - first)} more`), h("div", { class: "spaced" }, orders(first))));
    const notes = (title, words, calm) => words.length > 0 && h("div", { class: calm ? "notes calm" : "notes" }, h("h3", null, title),
      h("ul", null, words.slice(0, 30).map((word) => h("li", null, inline(word)))), words.length > 30 && h("p", null, `and ${count(words.length - 30)} more`));
    const unchecked = [...look.unchecked];
    if (!look.vulnerabilities && !unchecked.some((word) => word.includes("vulnerabilit"))) unchecked.unshift("vulnerabilities");
    if (!look.practices && !unchecked.some((word) => word.includes("practice"))) unchecked.unshift("practices");
    return section("overview", "Where the bytes are", `${size(total)} of files in all layers`,
      h("div", { class: "stack" },
        h("div", { class: "panel padded" }, bar, legend),
        actions,
        h("div", { class: "columns" }, notes("What could not be read", [...look.problems, ...look.unread]), notes("What was not looked for", unchecked, true))));
  }

  /* ---- The map ---- */

  /** Puts *items* of *size* into a rectangle, as square as they get (Bruls, Huizing, van Wijk 2000). */
  function squarify(items, x, y, width, height) {
    const placed = [];
    const total = sum(items, (item) => item.size);
    if (!total || width <= 0 || height <= 0) return placed;
    const scale = (width * height) / total;
    let at = 0;
    while (at < items.length) {
      const side = Math.min(width, height);
      let area = 0;
      let worst = Infinity;
      let end = at;
      while (end < items.length) {
        const next = area + items[end].size * scale;
        const largest = items[at].size * scale;
        const smallest = items[end].size * scale;
        const ratio = Math.max((side * side * largest) / (next * next), (next * next) / (side * side * smallest));
        if (ratio > worst) break;
        worst = ratio;
        area = next;
        end += 1;
      }
      const thickness = area / side;
      let offset = 0;
      for (; at < end; at += 1) {
        const length = (items[at].size * scale) / thickness;
        placed.push(width >= height
          ? { item: items[at], x, y: y + offset, width: thickness, height: length }
          : { item: items[at], x: x + offset, y, width: length, height: thickness });
        offset += length;
      }
      if (width >= height) { x += thickness; width -= thickness; } else { y += thickness; height -= thickness; }
      if (width < 0.5 || height < 0.5) break;
    }
    return placed;
  }

  const measure = (() => {
    const context = document.createElement("canvas").getContext("2d");
    const widths = new Map();
    return (text, font) => {
      if (context.font !== font) { context.font = font; }
      const key = `${font}\n${text}`;
      if (!widths.has(key)) {
        if (widths.size > 5000) widths.clear();
        widths.set(key, context.measureText(text).width);
      }
      return widths.get(key);
    };
  })();

  /** As much of *text* as fits; empty where that says nothing. */
  function fitted(text, width, font) {
    if (width < 18) return "";
    if (text.length > 200) text = text.slice(0, 200);
    if (measure(text, font) <= width) return text;
    const letters = [...text];
    let low = 0;
    let high = letters.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (measure(`${letters.slice(0, middle).join("")}\u2026`, font) <= width) low = middle;
      else high = middle - 1;
    }
    return low >= 3 ? `${letters.slice(0, low).join("")}\u2026` : "";
  }

  function treemap() {
    const views = { folders: "Folders", packages: "Packages", layers: "Layers" };
    const state = { view: "folders", trail: [look.tree.folders], asTable: false, focus: null };
    const crumbs = h("ol", { class: "crumbs", "aria-label": "Where in the image" });
    const readout = h("div", { class: "readout", id: "map-readout" });
    const canvas = h("div", { class: "map" });
    const rows = h("div");
    const live = h("p", { class: "visually-hidden", role: "status" });
    const chooser = h("div", { class: "choices", role: "group", "aria-label": "What the map is made of" },
      Object.entries(views).map(([key, title]) => h("button", { type: "button", "data-view": key, "aria-pressed": String(key === state.view),
        on: { click: () => { state.view = key; state.trail = [look.tree[key]]; draw(true); } } }, title)));
    const asTable = h("button", { class: "quiet", type: "button", "aria-pressed": "false",
      on: { click: () => { state.asTable = !state.asTable; draw(false); } } }, "As a table");
    const font = (weight, points) => `${weight} ${points}px ${getComputedStyle(document.body).fontFamily}`;
    const small = font(400, 11);
    const normal = font(500, 12);

    /** The children of a node, with what is too small to have a name. */
    function parts(node) {
      const children = (node.children || []).filter((child) => child.size > 0);
      const left = node.size - sum(children, (child) => child.size);
      const files = node.files - sum(children, (child) => child.files);
      return children.length && left > node.size / 2000
        ? [...children, { name: "smaller files", size: left, files, layer: null, rest: true }]
        : children;
    }

    /** Which nodes have a hue of their own: where the view branches, so that one folder is not all. */
    function hues(root) {
      let groups = parts(root).filter((node) => !node.rest);
      for (;;) {
        const largest = groups.reduce((best, node) => (!best || node.size > best.size ? node : best), null);
        const inside = largest && parts(largest).filter((node) => !node.rest);
        if (!inside || inside.length < 2 || largest.size < 0.65 * root.size) break;
        groups = groups.filter((node) => node !== largest).concat(inside);
        if (groups.length > 60) break;
      }
      groups.sort((a, b) => b.size - a.size);
      return new Map(groups.slice(0, HUES).map((node, at) => [node, at]));
    }

    function where(nodes) {
      const root = nodes[0];
      const names = nodes.slice(1).map((node) => node.name);
      return state.view === "folders" ? `/${names.join("/")}` : names.join(" \u203a ") || root.name;
    }

    function describe(nodes) {
      const node = nodes.at(-1);
      const whole = state.trail[0].size;
      const said = [`${size(node.size)}, ${percent(node.size, whole)}`];
      if (node.files > 1) said.push(plural(node.files, "file"));
      if (node.hidden) said.push(node.hidden === node.size ? "hidden by a later layer" : `${size(node.hidden)} of it hidden by later layers`);
      return said;
    }

    function tell(nodes) {
      const node = nodes.at(-1);
      const by = node.layer !== null && node.layer !== undefined && !node.rest ? `layer ${node.layer}: ${instruction(node.layer)}` : "";
      readout.replaceChildren(h("strong", null, nodes.length > 1 ? where(nodes) : state.trail.length > 1 ? where(state.trail) : `The whole ${state.view === "folders" ? "filesystem" : "image"}`),
        ...describe(nodes).map((word) => h("span", { class: "nowrap" }, word)),
        by && h("span", { class: "muted" }, by.length > 110 ? `${by.slice(0, 110)}\u2026` : by));
    }

    function zoom(nodes) {
      state.trail = nodes;
      draw(true);
    }

    function out() {
      if (state.trail.length > 1) {
        const from = state.trail.at(-1);
        state.trail = state.trail.slice(0, -1);
        draw(true, from);
      }
    }

    function draw(refocus, from) {
      for (const button of chooser.children) button.setAttribute("aria-pressed", String(button.dataset.view === state.view));
      asTable.setAttribute("aria-pressed", String(state.asTable));
      asTable.textContent = state.asTable ? "As a map" : "As a table";
      crumbs.replaceChildren(...state.trail.map((node, at) => {
        const name = at === 0 ? views[state.view] : node.name;
        return h("li", null, at === state.trail.length - 1
          ? h("span", { "aria-current": "true" }, name)
          : h("button", { type: "button", on: { click: () => zoom(state.trail.slice(0, at + 1)) } }, name));
      }));
      canvas.hidden = state.asTable;
      rows.hidden = !state.asTable;
      const hadFocus = canvas.contains(document.activeElement) || rows.contains(document.activeElement);
      if (state.asTable) drawTable(hadFocus);
      else drawMap(refocus && hadFocus, from);
      tell(state.trail);
      if (refocus) live.textContent = `${where(state.trail)}: ${describe(state.trail).join(", ")}`;
    }

    function drawTable(hadFocus) {
      const node = state.trail.at(-1);
      const shown = parts(node);
      rows.replaceChildren(shown.length ? table({
        id: "map-rows", caption: `What is in ${where(state.trail)}`, noun: ["entry", "entries"], rows: shown, sort: 1, down: true,
        columns: [
          { title: "Name", key: (row) => row.name, show: (row) => (row.children
            ? h("button", { class: "disclose", type: "button", on: { click: () => zoom([...state.trail, row]) } }, h("span", null, row.name)) : row.name) },
          { title: "Size", number: true, down: true, key: (row) => row.size, show: (row) => amount(row.size, shown[0].size) },
          { title: "Share", number: true, wide: true, down: true, key: (row) => row.size, show: (row) => percent(row.size, node.size) },
          { title: "Files", number: true, wide: true, down: true, key: (row) => row.files, show: (row) => count(row.files) },
          { title: "Layer", number: true, down: true, wide: true, key: (row) => row.layer ?? -1, show: (row) => String(row.layer ?? "") },
        ],
      }) : h("p", { class: "none" }, "A file."));
      if (hadFocus) { const first = rows.querySelector("button.disclose"); if (first) first.focus(); }
    }

    function drawMap(takeFocus, from) {
      const width = Math.max(canvas.clientWidth - 16, 240);
      const height = Math.round(Math.min(Math.max(width * 0.5, 380), 540));
      const root = state.trail.at(-1);
      const tints = hues(root);
      const hatch = s("defs", null, s("pattern", { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("path", { d: "M0 0V7" })));
      const cells = s("g", { class: "cells" });
      const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "tree", "aria-label": `Map of ${where(state.trail)}`, "aria-describedby": "map-hint" }, hatch, cells);
      const first = [];

      function lay(node, trail, hue, into, x, y, wide, tall, depth) {
        const placed = squarify(parts(node), x, y, wide, tall);
        const made = [];
        placed.forEach((spot, index) => {
          const item = spot.item;
          const own = tints.has(item) ? `k${tints.get(item)}` : hue;
          const left = Math.round(spot.x) + 1;
          const top = Math.round(spot.y) + 1;
          const across = Math.round(spot.x + spot.width) - 1 - left;
          const down = Math.round(spot.y + spot.height) - 1 - top;
          if (across < 2 || down < 2) return;
          const nodes = [...trail, item];
          const opens = Boolean(item.children && item.children.length);
          const split = opens && depth < 6 && across > 72 && down > 58;
          const layer = chosen.layer !== null && !item.rest && item.layer !== chosen.layer && !split;
          const cell = s("g", { class: `cell${opens ? " open" : ""}${layer ? " dim" : ""}`, role: "treeitem", tabindex: -1,
            "aria-level": depth, "aria-posinset": index + 1, "aria-setsize": placed.length,
            "aria-label": `${item.name}, ${describe(nodes).join(", ")}` });
          if (split) cell.setAttribute("aria-expanded", "true");
          cell.append(s("rect", { class: split ? "group" : item.rest ? "small-ones" : own, x: left, y: top, width: across, height: down, rx: 2 }));
          if (split || item.rest) cell.firstChild.style.setProperty("--tint", `var(--${own})`);
          if (item.hidden && item.hidden > item.size / 2 && !split) cell.append(s("rect", { class: "mask", x: left, y: top, width: across, height: down, rx: 2 }));
          const label = down >= 15 && !(item.rest && across < 82) ? fitted(item.name, across - 9, split ? normal : small) : "";
          if (label) {
            cell.append(s("text", { "aria-hidden": "true", class: split ? "" : "small", x: left + 5, y: top + (split ? 14 : Math.min(14, down / 2 + 4)) }, label));
            const told = size(item.size);
            if (split && measure(label, normal) + measure(told, small) + 22 < across) cell.append(s("text", { "aria-hidden": "true", class: "small", x: left + across - 5, y: top + 14, "text-anchor": "end" }, told));
            else if (!split && down > 34 && measure(told, small) < across - 9) cell.append(s("text", { "aria-hidden": "true", class: "small", x: left + 5, y: top + 28 }, told));
          }
          if (split) {
            const below = s("g", { role: "group" });
            lay(item, nodes, own, below, left + 2, top + 19, across - 4, down - 21, depth + 1);
            cell.append(below);
          }
          cell.append(s("rect", { class: "ring", x: left + 1, y: top + 1, width: Math.max(across - 2, 1), height: Math.max(down - 2, 1), rx: 2 }));
          cell.addEventListener("click", (event) => { event.stopPropagation(); if (opens) zoom([...state.trail, ...nodes]); else { rove(cell); tell([...state.trail, ...nodes]); } });
          cell.addEventListener("mouseover", (event) => { event.stopPropagation(); tell([...state.trail, ...nodes]); });
          cell.addEventListener("focus", () => tell([...state.trail, ...nodes]));
          cell.addEventListener("keydown", (event) => key(event, cell, opens && [...state.trail, ...nodes]));
          made.push(cell);
          into.append(cell);
          if (depth === 1) first.push({ cell, item });
        });
        return made;
      }

      function rove(cell) {
        for (const each of svg.querySelectorAll('[tabindex="0"]')) each.setAttribute("tabindex", "-1");
        cell.setAttribute("tabindex", "0");
        cell.focus();
      }

      function key(event, cell, nodes) {
        const beside = [...cell.parentNode.children].filter((each) => each.classList.contains("cell"));
        const at = beside.indexOf(cell);
        const inside = cell.querySelector(".cell");
        const above = cell.parentNode.closest(".cell");
        const go = {
          ArrowRight: () => beside[at + 1], ArrowLeft: () => beside[at - 1], ArrowDown: () => inside, ArrowUp: () => above,
          Home: () => beside[0], End: () => beside.at(-1),
        }[event.key];
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        if (go) {
          const next = go();
          if (next) rove(next);
        } else if (event.key === "Enter" || event.key === " ") {
          if (nodes) zoom(nodes);
        } else if (event.key === "Escape" || event.key === "Backspace") {
          out();
        } else return;
        event.preventDefault();
        event.stopPropagation();
      }

      lay(root, [], "rest", cells, 0, 0, width, height, 1);
      canvas.replaceChildren(first.length ? svg : h("p", { class: "none" }, root.size ? `${root.name} is one file, or many small ones.` : "There are no files."));
      canvas.onmouseleave = () => tell(state.trail);
      const start = first.find(({ item }) => item === from) || first[0];
      if (start) {
        start.cell.setAttribute("tabindex", "0");
        if (takeFocus) start.cell.focus();
      }
    }

    const panel = h("div", { class: "panel" }, h("div", { class: "controls" }, chooser, asTable, crumbs), canvas, rows, readout, live);
    let last = 0;
    new ResizeObserver(() => {
      const width = canvas.clientWidth;
      if (!state.asTable && width && Math.abs(width - last) > 1) { last = width; draw(false); }
    }).observe(panel);
    chosen.listeners.push(() => draw(false));
    draw(false);
    return section("map", "Map", "each area is as large as its files",
      h("p", { class: "visually-hidden", id: "map-hint" }, "Left and right go to what is beside, down to what is inside, up to what is around; Enter opens, Escape goes back."),
      panel, h("p", { class: "hint" }, "Click or Enter opens a folder, Esc goes back, arrow keys move. Striped: in the image, and in no container."));
  }

  /* ---- Layers ---- */

  function layers() {
    const most = Math.max(...look.layers.map((layer) => layer.content), 1);
    const buttons = [];
    const rows = look.layers.map((layer) => {
      const part = (bytes, style) => bytes > 0 && h("span", { class: style, width: `${(100 * bytes) / most}%` });
      const needed = Math.max(layer.content - layer.hidden - layer.waste, 0);
      const told = [
        layer.added ? plural(layer.added, "file added", "files added") : "nothing added",
        layer.changed && `${count(layer.changed)} changed`,
        layer.removed && `${count(layer.removed)} removed`,
        layer.packages && plural(layer.packages, "package"),
        `${size(layer.stored)} stored`,
      ].filter(Boolean).join(", ");
      const lost = [layer.hidden && `${size(layer.hidden)} hidden later`, layer.waste && `${size(layer.waste)} likely not needed`].filter(Boolean).join(", ");
      const button = h("button", { class: "layer", type: "button", "aria-pressed": "false", on: { click: () => choose(layer.at) } },
        h("span", { class: "at" }, h("span", { class: "visually-hidden" }, "Layer "), String(layer.at)),
        h("span", { class: "track", "aria-hidden": "true" }, part(needed, "needed"), part(layer.waste, "likely"), part(layer.hidden, "hatched")),
        h("span", { class: "number" }, size(layer.content)),
        h("span", { class: "by" }, layer.instruction || short(layer.diff_id)),
        h("span", { class: "more" }, told, lost && ", ", lost && h("b", null, lost),
          layer.problem && [" ", h("span", { class: "tag bad" }, layer.problem)]));
      buttons.push([layer.at, button]);
      return h("li", null, button);
    });
    const clear = h("div", { class: "chosen", role: "status", hidden: true });
    chosen.listeners.push(() => {
      for (const [at, button] of buttons) button.setAttribute("aria-pressed", String(at === chosen.layer));
      clear.hidden = chosen.layer === null;
      clear.replaceChildren();
      if (chosen.layer !== null) {
        clear.append(h("span", null, "Below: layer ", String(chosen.layer), " only, ", h("code", null, instruction(chosen.layer))),
          h("button", { class: "quiet", type: "button", on: { click: () => choose(chosen.layer) } }, "Show all"));
      }
    });
    return [section("layers", "Layers", "lowest first; choose one to see only what it brought",
      h("div", { class: "panel" },
        h("div", { class: "controls keys" },
          h("span", null, h("span", { class: "swatch needed" }), "needed"),
          h("span", null, h("span", { class: "swatch likely" }), "likely not needed"),
          h("span", null, h("span", { class: "swatch hatched" }), "hidden by a later layer")),
        h("ol", { class: "layers", start: 0 }, rows))), clear];
  }

  /* ---- Packages and vulnerabilities ---- */

  const typeTitle = (type) => (look.package_types.find((each) => each.type === type) || { title: type }).title;

  function packages() {
    const hidden = new Set(look.hidden_packages);
    const rows = [...look.packages, ...look.hidden_packages];
    const most = Math.max(...rows.map((row) => row.size), 1);
    const affected = new Map();
    for (const match of look.vulnerabilities ? look.vulnerabilities.matches : []) {
      if (match.state !== "affected") continue;
      const key = `${match.package.type}\n${match.package.name}\n${match.package.path}`;
      affected.set(key, [...(affected.get(key) || []), match]);
    }
    const matches = (row) => affected.get(`${row.type}\n${row.name}\n${row.path}`) || [];
    const columns = [
      { title: "Package", key: (row) => row.name.toLowerCase(), show: (row) => row.name },
      { title: "Version", key: (row) => row.version, show: (row) => [row.version,
        row.vendored_in && [" ", h("span", { class: "tag" }, `in ${row.vendored_in}`)], hidden.has(row) && [" ", h("span", { class: "tag warn" }, "deleted later")]] },
      { title: "Size", number: true, down: true, key: (row) => row.size, show: (row) => amount(row.size, most) },
      { title: "Type", wide: true, short: true, key: (row) => row.type },
      { title: "Layer", wide: true, number: true, key: (row) => row.layer ?? -1, show: (row) => String(row.layer ?? "") },
      { title: "Licence", wide: true, key: (row) => row.licences.join(" ").toLowerCase() || "\uffff", show: (row) => cut(row.licences.join(", "), 40) },
    ];
    if (affected.size) {
      columns.splice(3, 0, { title: "Vulnerable", wide: true, key: (row) => (matches(row).length ? SEVERITIES.indexOf(matches(row)[0].severity) : 9),
        show: (row) => (matches(row).length ? [severity(matches(row)[0].severity), matches(row).length > 1 && h("span", { class: "muted" }, ` of ${matches(row).length}`)] : "") });
    }
    return section("packages", "Packages", look.package_types.map((type) => plural(type.count, type.title.replace(/s$/, ""), type.title)).join(", "),
      rows.length ? table({
        id: "package", caption: "Packages", noun: ["package"], rows, columns, sort: 2, down: true, layerOf: (row) => row.layer,
        search: (row) => [row.name, row.version, row.source, row.licences.join(" "), row.type],
        filters: [
          { title: "Type", all: "All types", of: (row) => row.type, name: typeTitle },
          layerFilter,
          { title: "vulnerable", when: (row) => matches(row).length > 0 },
        ],
        details: (row) => facts([
          ["type", typeTitle(row.type)], ["size", `${size(row.size)} in ${plural(row.files, "file")}`],
          ["layer", row.layer === null ? "" : [`${row.layer}, `, h("code", null, cut(instruction(row.layer), 300))]],
          ["licence", row.licences.join(", ")], ["source", [row.source, row.source_version].filter(Boolean).join(" ")],
          ["architecture", row.architecture], ["told by", h("code", null, row.path)], ["installed by", row.installer], ["supplier", row.supplier],
          ["needs", cut(row.requires.join(", "), 1000)],
          ["vulnerable to", list(matches(row).slice(0, 40).map((match) => match.id))],
        ]),
      }) : h("p", { class: "panel none" }, "No package database was found."));
  }

  function cut(text, length) {
    return text.length > length ? `${text.slice(0, length)}\u2026` : text;
  }

  function vulnerabilities() {
    const found = look.vulnerabilities;
    const rank = (row) => [SEVERITIES.indexOf(row.severity), 10 - (row.score || 0)];
    const told = SEVERITIES.filter((name) => found.counts[name]).map((name) => `${count(found.counts[name])} ${name}`).join(", ");
    return section("vulnerabilities", "Vulnerabilities", told && `${told}; ${count(found.fixable)} with a fix`,
      found.matches.length ? table({
        id: "vulnerability", caption: "Vulnerabilities", noun: ["vulnerability", "vulnerabilities"], rows: found.matches, sort: 1, layerOf: (row) => row.layer,
        columns: [
          { title: "Vulnerability", short: true, key: (row) => row.id, show: (row) => [row.id, h("span", { class: "narrow" }, `${row.package.name} ${row.package.version}`)] },
          { title: "Severity", key: (row) => rank(row)[0] * 100 + rank(row)[1], show: (row) => [severity(row.severity),
            row.score !== null && h("span", { class: "muted wide" }, ` ${row.score.toFixed(1)}`), row.state !== "affected" && [" ", h("span", { class: "tag" }, row.state.replaceAll("_", " "))]] },
          { title: "Package", wide: true, key: (row) => row.package.name.toLowerCase(), show: (row) => `${row.package.name} ${row.package.version}` },
          { title: "Fixed in", wide: true, key: (row) => (row.fixed[0] || "\uffff"), show: (row) => row.fixed[0] || h("span", { class: "muted" }, "no fix yet") },
          { title: "Layer", wide: true, number: true, key: (row) => row.layer ?? -1, show: (row) => String(row.layer ?? "") },
          { title: "Summary", wide: true, key: (row) => row.summary.toLowerCase(), show: (row) => h("span", { class: "muted" }, cut(row.summary, 90)) },
        ],
        search: (row) => [row.id, ...row.aliases, row.package.name, row.package.version, row.summary, row.severity],
        filters: [
          { title: "Severity", all: "All severities", of: (row) => row.severity, order: (a, b) => SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b) },
          { title: "Type", all: "All types", of: (row) => row.package.type, name: typeTitle },
          layerFilter,
          { title: "with a fix", when: (row) => row.fixed.length > 0 },
          { title: "affected only", when: (row) => row.state === "affected" },
        ],
        details: (row) => facts([
          ["package", `${row.package.name} ${row.package.version} (${row.package.type})`], ["what it is", row.summary], ["to do", row.advice && inline(row.advice)],
          ["fixed in", row.fixed.join(", ")], ["not counted", row.state !== "affected" && `${row.state.replaceAll("_", " ")}: ${row.reason}`],
          ["because", row.evidence], ["score", row.vector && `${row.score ?? ""} ${row.vector}`], ["also called", row.aliases.join(", ")],
          ["record", `${row.record}, ${row.ecosystem}, by ${row.source}`], ["published", day(row.published)],
          ["layer", row.layer === null ? "" : [`${row.layer}, `, h("code", null, cut(instruction(row.layer), 300))]],
          ["references", row.references.slice(0, 8).map((reference) => h("div", null, link(reference)))],
        ].map(([name, value]) => [name, value === false ? "" : value])),
      }) : h("p", { class: "panel none" }, "None known for these packages."));
  }

  /** A link, where it leads to a page and not into a script. */
  function link(address) {
    return /^https?:\/\/[^\s\\]+$/i.test(address) ? h("a", { href: address, rel: "noreferrer noopener" }, address) : address;
  }

  /* ---- Secrets, waste, artifacts, GPU, practices, configuration ---- */

  function placeOf(leak) {
    if (leak.place === "file") return [h("code", null, leak.name), leak.line ? `, line ${leak.line}` : ""];
    return leak.name ? [`${leak.place} `, h("code", null, leak.name)] : leak.place;
  }

  function step(at) {
    const found = at === null || at === undefined ? null : look.history[at];
    return found ? found.instruction : "";
  }

  function secrets() {
    const gone = look.leaks.filter((leak) => leak.state !== "live").length;
    return section("secrets", "Secrets", look.leaks.length ? `never shown whole${gone ? `; ${count(gone)} hidden by a later layer, and still readable` : ""}` : "",
      look.leaks.length ? table({
        id: "secret", caption: "Credentials", noun: ["credential"], rows: look.leaks, sort: null, layerOf: (row) => row.layer,
        columns: [
          { title: "What", key: (row) => row.kind, show: (row) => [row.kind, !row.certain && [" ", h("span", { class: "tag" }, "perhaps")]] },
          { title: "Shown of it", wide: true, show: (row) => inline(row.redacted) },
          { title: "Where", key: (row) => `${row.place} ${row.name}`, show: placeOf },
          { title: "State", wide: true, key: (row) => row.state, show: (row) => (row.state === "live" ? "in sight" : h("span", { class: "tag warn" }, `${row.state} by ${layerName(row.removed_by)}`)) },
          { title: "Layer", wide: true, number: true, key: (row) => row.layer ?? -1, show: (row) => String(row.layer ?? "") },
        ],
        search: (row) => [row.kind, row.name, row.place],
        filters: [{ title: "certain only", when: (row) => row.certain }],
        details: (row) => facts([
          ["shown of it", inline(row.redacted)],
          ["brought in by", [row.layer !== null && `layer ${row.layer}, `, h("code", null, step(row.step) || instruction(row.layer))]],
          ["hidden by", row.removed_by !== null && [`layer ${row.removed_by}, `, h("code", null, step(row.removing_step) || instruction(row.removed_by)), ", which takes it out of sight and not out of the image"]],
          ["known by", row.certain ? "its form" : "the words around it, so it may be none"],
        ].map(([name, value]) => [name, value === false ? "" : value])),
      }) : h("p", { class: "panel none" }, "None in any layer, in the configuration or in the history."));
  }

  function waste() {
    const most = Math.max(...look.waste.map((each) => each.size), 1);
    const likely = sum(look.waste.filter((each) => !each.certain), (each) => each.size);
    const told = [look.image.sizes.waste && `${size(look.image.sizes.waste)} for certain`, likely && `up to ${size(likely)} more likely`].filter(Boolean).join(", ");
    const least = look.image.sizes.unpacked / 1000;
    const large = look.waste.filter((each) => each.size >= least);
    const small = look.waste.filter((each) => each.size < least);
    const row = (each) => h("li", null, h("div", { class: "waste-row" },
      h("div", { class: "number" }, h("strong", null, size(each.size)),
        h("div", { class: "track", "aria-hidden": "true" }, h("span", { class: each.certain ? "hatched" : "likely", width: `${(100 * each.size) / most}%` }))),
      h("div", null,
        h("div", { class: "head-line" }, h("strong", null, inline(each.title)),
          h("span", { class: `tag ${each.certain ? "warn" : ""}` }, each.certain ? "certain" : "likely"),
          h("span", { class: "muted" }, [layerName(each.layer), plural(each.count, "file")].filter(Boolean).join(", "))),
        h("p", null, inline(each.advice), " ", h("span", { class: "tag" }, each.practice)),
        each.paths.length === 1 ? h("p", null, h("code", { class: "muted" }, `/${each.paths[0].path}`))
          : each.paths.length > 1 && h("details", null, h("summary", null, "The largest"),
            h("div", { class: "paths" }, each.paths.map(({ path, size: bytes }) => [h("span", { class: "number" }, size(bytes)), h("code", null, `/${path}`)]))))));
    return section("waste", "Waste", told,
      large.length || small.length ? h("div", { class: "stack" },
        large.length > 0 && h("ul", { class: "panel rows" }, large.map(row)),
        small.length > 0 && h("details", { open: !large.length },
          h("summary", null, `${count(small.length)} smaller, ${size(sum(small, (each) => each.size))}`),
          h("ul", { class: "panel rows spaced" }, small.map(row))))
        : h("p", { class: "panel none" }, "None: no layer ships what no container needs."));
  }

  function artifacts() {
    const own = look.artifacts.filter((each) => !each.package);
    const packaged = look.artifacts.filter((each) => each.package);
    return section("models", "Models and data sets", "known by their content, not by their names", h("div", { class: "stack" },
      own.length > 0 && artifactTable("artifact", own),
      packaged.length > 0 && h("details", { open: !own.length }, h("summary", null, `${plural(packaged.length, "file")} in packages, most of them for tests`),
        h("div", { class: "spaced" }, artifactTable("packaged", packaged)))));
  }

  function artifactTable(id, rows) {
    const most = Math.max(...rows.map((each) => each.size), 1);
    return table({
      id, caption: "Models and data sets", noun: ["file"], rows, sort: 2, down: true, layerOf: (row) => row.layer,
      columns: [
        { title: "File", key: (row) => row.path, show: (row) => row.path.slice(row.path.lastIndexOf("/") + 1) || row.path },
        { title: "Format", key: (row) => row.format, show: (row) => [row.format, " ", row.dangerous.length > 0 && h("span", { class: "tag bad" }, "runs code"),
          !row.dangerous.length && row.unknown.length > 0 && h("span", { class: "tag warn" }, "imports"), row.state !== "live" && [" ", h("span", { class: "tag" }, `${row.state} by ${layerName(row.removed_by)}`)]] },
        { title: "Size", number: true, down: true, key: (row) => row.size, show: (row) => amount(row.size, most) },
        { title: "Role", wide: true, short: true, key: (row) => row.role },
        { title: "What its header says", wide: true, show: (row) => h("span", { class: "muted" }, Object.entries(row.details).slice(0, 4).map(([name, value]) => `${name} ${value}`).join(", ")) },
        { title: "Layer", wide: true, number: true, key: (row) => row.layer },
      ],
      search: (row) => [row.path, row.format, row.role],
      filters: [{ title: "Role", all: "Models and data", of: (row) => row.role }, { title: "runs code", when: (row) => row.dangerous.length > 0 }],
      details: (row) => facts([
        ["path", h("code", null, `/${row.path}`)], ["package", row.package], ["loading it runs", row.dangerous.map((name) => h("div", null, h("code", null, name)))],
        ["loading it imports", row.unknown.slice(0, 30).map((name) => h("div", null, h("code", null, name)))],
        ...Object.entries(row.details), ["layer", [`${row.layer}, `, h("code", null, cut(instruction(row.layer), 300))]],
      ]),
    });
  }

  function gpu() {
    const found = look.gpu;
    const most = Math.max(...found.packages.map((each) => each.size), 1);
    const known = { sm_70: "V100", sm_75: "T4, RTX 20", sm_80: "A100", sm_86: "A10, RTX 30", sm_87: "Jetson Orin", sm_89: "L4, L40, RTX 40", sm_90: "H100", sm_100: "B200", sm_103: "B300", sm_120: "RTX 50" };
    return section("gpu", "GPU", found.size ? `${size(found.size)} of libraries with device code` : "",
      (found.cuda || found.conflicts.length > 0 || found.unused.length > 0) && h("div", { class: "panel padded stack spaced" },
        h("h3", null, "Needs"), facts([
          ["CUDA", found.cuda], ["driver, at least", found.driver], ["stated as", found.requires],
          ["comes from", found.releases.map((each) => h("div", null, `${each.part} ${each.version}: `, h("code", null, each.origin)))],
          ["contradicts itself", found.conflicts.map((clause) => h("div", null, inline(clause)))],
          ["unused", found.unused.slice(0, 20).map((each) => h("div", null, h("code", null, `/${each.path}`), ` ${size(each.size)}, `, inline(each.why)))],
        ])),
      h("div", { class: "columns" },
        found.architectures.length > 0 && h("div", { class: "panel padded stack" },
          h("h3", null, "Runs on"), h("ul", { class: "chips" }, found.architectures.map((name) => h("li", { class: "tag" }, known[name] ? `${name} (${known[name]})` : name))),
          found.architectures.some((name) => name.startsWith("ptx_")) && h("p", { class: "muted" }, "With `ptx`, later GPUs compile the code when it is first loaded.".replaceAll("`", ""))),
        found.env.length > 0 && h("div", { class: "panel padded stack" }, h("h3", null, "Says of itself"), facts(found.env.map(({ name, value }) => [h("code", null, name), h("code", null, value)])))),
      found.packages.length > 0 && h("div", { class: "spaced" }, table({
        id: "gpu", caption: "Packages with device code", noun: ["package"], rows: found.packages, sort: 1, down: true,
        columns: [
          { title: "Package", key: (row) => row.name, show: (row) => `${row.name} ${row.version}` },
          { title: "Size", number: true, down: true, key: (row) => row.size, show: (row) => amount(row.size, most) },
          { title: "Architectures", wide: true, show: (row) => row.architectures.join(", ") },
        ],
        details: (row) => facts([["architectures", row.architectures.join(", ")]]),
      })));
  }

  /** A rule's page: the little of Markdown that rule pages have. */
  function prose(text) {
    const parts = [];
    const lines = text.split("\n");
    let at = 0;
    const items = (lines) => lines.join("\n").split(/\n?^[-*] /m).filter(Boolean);
    while (at < lines.length) {
      if (lines[at].startsWith("```")) {
        const end = lines.indexOf("```", at + 1);
        const stop = end < 0 ? lines.length : end;
        parts.push(h("pre", { tabindex: 0 }, lines.slice(at + 1, stop).join("\n")));
        at = stop + 1;
      } else if (/^#+ /.test(lines[at])) {
        parts.push(h("h4", null, lines[at].replace(/^#+ /, "")));
        at += 1;
      } else if (lines[at].trim()) {
        let stop = at;
        while (stop < lines.length && lines[stop].trim() && !lines[stop].startsWith("```")) stop += 1;
        const block = lines.slice(at, stop);
        if (/^[-*] /.test(block[0])) parts.push(h("ul", null, items(block).map((item) => h("li", null, inline(item.replaceAll("\n", " "))))));
        else if (block[0].startsWith("|")) parts.push(h("pre", { tabindex: 0 }, block.join("\n")));
        else parts.push(h("p", null, inline(block.join(" "))));
        at = stop;
      } else at += 1;
    }
    return h("div", { class: "prose" }, parts);
  }

  function practices() {
    const found = look.practices;
    const told = [found.broken.length && `${count(found.broken.length)} broken`, found.kept.length && `${count(found.kept.length)} kept`].filter(Boolean).join(", ");
    const broken = found.broken.map((rule) => {
      const findings = found.findings.filter((finding) => finding.rule === rule.rule);
      return h("li", null, h("div", { class: "rule" },
        h("div", { class: "head-line" }, mark(rule.severity), h("h3", { class: "mono" }, rule.rule), h("span", { class: "muted" }, inline(rule.summary))),
        h("ul", { class: "messages" }, findings.slice(0, 12).map((finding) => h("li", null, inline(finding.message),
          finding.layer !== null && h("span", { class: "muted" }, ` (layer ${finding.layer})`)))),
        findings.length > 12 && h("p", { class: "muted" }, `and ${count(findings.length - 12)} more`),
        rule.page && h("details", { id: `rule-${rule.rule}` }, h("summary", null, "Why, and what to do"), prose(rule.page.split("\n").slice(1).join("\n").trim() || rule.page))));
    });
    return section("practices", "Practices", told,
      h("div", { class: "stack" },
        broken.length > 0 && h("ul", { class: "panel rows" }, broken),
        found.kept.length > 0 && h("details", { class: "panel padded" }, h("summary", null, `${plural(found.kept.length, "practice")} kept`),
          h("ul", { class: "kept" }, found.kept.map((rule) => h("li", null, mark("good", ""), h("span", null, h("span", { class: "mono" }, rule.rule), " ", h("span", { class: "muted" }, inline(rule.summary))))))),
        !broken.length && !found.kept.length && h("p", { class: "panel none" }, "No rule was checked.")));
  }

  function configuration() {
    const config = look.image.config;
    const command = (words) => words.length > 0 && h("code", null, `[${words.map((word) => JSON.stringify(word)).join(", ")}]`);
    const health = config.healthcheck;
    const pairs = (title, found) => found.length > 0 && h("div", { class: "panel padded stack" }, h("h3", null, title),
      facts(found.map(({ name, value, hidden }) => [h("code", null, name), [hidden ? inline(value) : h("code", null, value), hidden && [" ", h("span", { class: "tag bad" }, "credential")]]])));
    return section("configuration", "Configuration", "",
      h("div", { class: "stack" },
        h("div", { class: "panel padded" }, facts([
          ["user", config.user ? h("code", null, config.user) : "root, as nothing sets another"], ["entry point", command(config.entrypoint) || ""], ["command", command(config.cmd) || ""],
          ["folder", config.working_dir && h("code", null, config.working_dir)], ["ports", config.ports.join(", ")], ["volumes", config.volumes.join(", ")],
          ["health check", health ? [command(health.test), ` every ${health.interval} s, ${plural(health.retries, "attempt")}`] : "none"],
          ["stop signal", config.stop_signal], ["shell", command(config.shell) || ""], ["for builds on it", config.on_build.map((line) => h("div", null, h("code", null, line)))],
        ])),
        pairs("Environment", config.env), pairs("Labels", config.labels),
        look.history.length > 0 && h("details", { class: "panel padded" }, h("summary", null, `Build history, ${plural(look.history.length, "entry", "entries")}`),
          h("ol", null, look.history.map((each) => h("li", { class: "paths" }, h("span", { class: "number muted" }, each.layer === null ? "no layer" : `layer ${each.layer}`), h("code", null, each.instruction)))))));
  }

  /* ---- Comparison ---- */

  const normal = (row) => (row.type === "pypi" ? row.name.toLowerCase().replace(/[-_.]+/g, "-") : row.name);

  function versions(of) {
    const found = new Map();
    for (const row of of.packages) {
      if (row.vendored_in) continue;
      const key = `${row.type}\n${normal(row)}`;
      const before = found.get(key) || { type: row.type, name: row.name, versions: [], size: 0, layer: row.layer };
      before.versions.push(row.version);
      before.size += row.size;
      found.set(key, before);
    }
    for (const each of found.values()) each.versions.sort(compare);
    return found;
  }

  /** Which layers are in both, in order: the longest common run of diff_ids. */
  function aligned(mine, theirs) {
    const rows = Array.from({ length: mine.length + 1 }, () => new Array(theirs.length + 1).fill(0));
    for (let a = mine.length - 1; a >= 0; a -= 1) {
      for (let b = theirs.length - 1; b >= 0; b -= 1) {
        rows[a][b] = mine[a].diff_id === theirs[b].diff_id ? rows[a + 1][b + 1] + 1 : Math.max(rows[a + 1][b], rows[a][b + 1]);
      }
    }
    const found = [];
    for (let a = 0, b = 0; a < mine.length || b < theirs.length;) {
      if (a < mine.length && b < theirs.length && mine[a].diff_id === theirs[b].diff_id) { found.push({ how: "same", layer: mine[a] }); a += 1; b += 1; }
      else if (b < theirs.length && (a >= mine.length || rows[a][b + 1] >= rows[a + 1][b])) { found.push({ how: "removed", layer: theirs[b] }); b += 1; }
      else { found.push({ how: "added", layer: mine[a] }); a += 1; }
    }
    return found;
  }

  function change(how) {
    const signs = { added: "+", removed: "\u2212", changed: "\u2260", same: "=" };
    const names = { added: "only here", removed: "only there", changed: "changed", same: "in both" };
    return h("span", { class: `change ${how}` }, h("b", { "aria-hidden": "true" }, signs[how]), names[how]);
  }

  function delta(bytes) {
    if (!bytes) return h("span", { class: "muted" }, "same");
    return h("span", { class: bytes > 0 ? "plus" : "minus" }, bytes > 0 ? `+${size(bytes)}` : size(bytes));
  }

  function comparison() {
    const total = (of) => (of.vulnerabilities ? sum(SEVERITIES, (name) => of.vulnerabilities.counts[name]) : null);
    const severe = (of) => (of.vulnerabilities ? of.vulnerabilities.counts.critical + of.vulnerabilities.counts.high : null);
    const measures = [
      ["stored", (of) => of.image.sizes.stored, size], ["unpacked", (of) => of.image.sizes.unpacked, size], ["that a container sees", (of) => of.image.sizes.final, size],
      ["no container can need", (of) => of.image.sizes.waste, size], ["files", (of) => of.image.files.files, count], ["layers", (of) => of.layers.length, count],
      ["packages", (of) => of.packages.length, count], ["credentials", (of) => of.leaks.filter((leak) => leak.certain).length, count],
      ["vulnerabilities", total, count], ["critical or high", severe, count], ["practices broken", (of) => (of.practices ? of.practices.broken.length : null), count],
    ].filter(([, of]) => of(look) !== null || of(other) !== null);
    const sizes = h("div", { class: "panel difference" }, h("table", { id: "compare-sizes" },
      h("caption", { class: "visually-hidden" }, "The two images in numbers"),
      h("thead", null, h("tr", null, h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "measure")), h("th", { scope: "col", class: "number" }, "here"), h("th", { scope: "col", class: "number" }, "there"), h("th", { scope: "col", class: "number" }, "difference"))),
      h("tbody", null, measures.map(([name, of, show]) => {
        const [here, there] = [of(look), of(other)];
        const known = here !== null && there !== null;
        const less = known && here - there;
        const told = !known ? "" : !less ? h("span", { class: "muted" }, "same")
          : h("span", { class: name === "files" || name === "layers" || name === "packages" ? null : less > 0 ? "plus" : "minus" }, `${less > 0 ? "+" : "\u2212"}${show(Math.abs(less))}`);
        return h("tr", null, h("th", { scope: "row" }, name), h("td", { class: "number" }, here === null ? "not looked for" : show(here)), h("td", { class: "number" }, there === null ? "not looked for" : show(there)), h("td", { class: "number" }, told));
      }))));

    const mine = versions(look);
    const theirs = versions(other);
    const packageRows = [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((key) => {
      const [here, there] = [mine.get(key), theirs.get(key)];
      if (here && there && here.versions.join("\n") === there.versions.join("\n")) return [];
      const how = !there ? "added" : !here ? "removed" : "changed";
      return [{ how, type: (here || there).type, name: (here || there).name, here: here ? here.versions.join(", ") : "", there: there ? there.versions.join(", ") : "",
        size: (here ? here.size : 0) - (there ? there.size : 0) }];
    });
    const layerRows = aligned(look.layers, other.layers);
    const shared = layerRows.filter((row) => row.how === "same");

    const sets = [
      ["Vulnerabilities", (of) => (of.vulnerabilities ? of.vulnerabilities.matches.filter((match) => match.state === "affected") : []),
        (match) => `${match.id}\n${match.package.type}\n${match.package.name}`, (match) => [severity(match.severity), " ", match.id, ` in ${match.package.name}`]],
      ["Credentials", (of) => of.leaks, (leak) => `${leak.kind}\n${leak.place}\n${leak.name}`, (leak) => [leak.kind, ", ", placeOf(leak)]],
      ["Findings", (of) => (of.practices ? of.practices.findings : []), (finding) => `${finding.rule}\n${finding.message}`, (finding) => [mark(finding.severity), " ", h("span", { class: "mono" }, finding.rule), " ", inline(finding.message)]],
    ].flatMap(([title, of, key, show]) => {
      const here = new Map(of(look).map((each) => [key(each), each]));
      const there = new Map(of(other).map((each) => [key(each), each]));
      const only = (from, without) => [...from].filter(([name]) => !without.has(name)).map(([, each]) => each);
      const [fresh, gone] = [only(here, there), only(there, here)];
      return fresh.length || gone.length ? [{ title, show, fresh, gone }] : [];
    });
    const some = (title, items, show) => h("div", null, h("h4", { class: "muted" }, `${title}, ${count(items.length)}`),
      h("ul", null, items.slice(0, 15).map((each) => h("li", null, show(each)))),
      items.length > 15 && h("details", null, h("summary", null, `${count(items.length - 15)} more`), h("ul", null, items.slice(15, 1000).map((each) => h("li", null, show(each))))));

    return section("compare", "Compared", [`here ${look.image.name}, there `, h("strong", null, other.image.name)],
      h("div", { class: "stack" }, sizes,
        h("h3", null, `Layers: ${count(shared.length)} of ${count(look.layers.length)} are in both, ${size(sum(shared, (row) => row.layer.stored))} that need not be pulled again`),
        table({ id: "compare-layer", caption: "Layers of the two images", noun: ["layer"], rows: layerRows, sort: null,
          columns: [
            { title: "In", show: (row) => change(row.how) }, { title: "Size", number: true, show: (row) => size(row.layer.content) },
            { title: "Instruction", show: (row) => h("code", null, cut(row.layer.instruction || short(row.layer.diff_id), 160)) },
          ],
          filters: [{ title: "Difference", all: "All layers", of: (row) => row.how, name: (how) => ({ added: "Only here", removed: "Only there", same: "In both" }[how]) }] }),
        h("h3", null, packageRows.length ? "Packages that differ" : "The packages are the same"),
        packageRows.length > 0 && h("div", { class: "difference" }, table({ id: "compare-package", caption: "Packages that differ", noun: ["package"], rows: packageRows, sort: 0,
          columns: [
            { title: "Package", key: (row) => row.name.toLowerCase(), show: (row) => row.name }, { title: "In", wide: true, key: (row) => row.how, show: (row) => change(row.how) },
            { title: "There", key: (row) => row.there, show: (row) => row.there }, { title: "Here", key: (row) => row.here, show: (row) => row.here },
            { title: "Size", number: true, down: true, key: (row) => row.size, show: (row) => delta(row.size) }, { title: "Type", wide: true, short: true, key: (row) => row.type },
          ],
          search: (row) => [row.name, row.here, row.there, row.type],
          filters: [{ title: "Difference", all: "All differences", of: (row) => row.how, name: (how) => ({ added: "Only here", removed: "Only there", changed: "Changed" }[how]) },
            { title: "Type", all: "All types", of: (row) => row.type, name: typeTitle }] })),
        sets.map(({ title, show, fresh, gone }) => [h("h3", null, title), h("div", { class: "panel padded columns compare-set", "data-set": title.toLowerCase() },
          some("New here", fresh, show), some("No longer here", gone, show))])));
  }

  /* ---- Together ---- */

  function start() {
    const found = look.vulnerabilities;
    const affected = found && sum(SEVERITIES, (name) => found.counts[name]);
    place("overview", "Overview", "", overview());
    if (other) place("compare", "Comparison", "", comparison());
    place("map", "Map", "", treemap());
    const [timeline, clear] = layers();
    place("layers", "Layers", look.layers.length, timeline);
    place("", "", "", clear);
    place("packages", "Packages", look.packages.length, packages());
    if (found) place("vulnerabilities", "Vulnerabilities", affected, vulnerabilities());
    place("secrets", "Secrets", look.leaks.length, secrets());
    place("waste", "Waste", look.waste.length, waste());
    if (look.artifacts.length) place("models", "Models and data", look.artifacts.filter((each) => !each.package).length, artifacts());
    if (look.gpu) place("gpu", "GPU", "", gpu());
    if (look.practices) place("practices", "Practices", look.practices.broken.length, practices());
    place("configuration", "Configuration", "", configuration());

    const links = new Map();
    const nav = h("nav", { class: "sections", "aria-label": "Sections" }, sections.filter(({ id }) => id).map(({ id, title, number }) => {
      const made = h("a", { href: `#${id}` }, title, number !== "" && h("span", { class: "muted" }, count(number)));
      links.set(id, made);
      return made;
    }));
    const main = h("main", { id: "main", tabindex: -1 }, sections.map(({ element }) => element),
      h("footer", null, `Made by Boxwright ${look.tool.version}. This file has all it needs and loads nothing.`));
    document.getElementById("page").append(head(), h("div", { class: "body" }, nav, main));

    const seen = new Set();
    new IntersectionObserver((entries) => {
      for (const entry of entries) { if (entry.isIntersecting) seen.add(entry.target.id); else seen.delete(entry.target.id); }
      const current = sections.find(({ id }) => seen.has(id));
      for (const [id, made] of links) {
        if (current && id === current.id) made.setAttribute("aria-current", "true");
        else made.removeAttribute("aria-current");
      }
    }, { rootMargin: "-80px 0px -70% 0px" }).observe(main.querySelector("section"));
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) { if (entry.isIntersecting) seen.add(entry.target.id); else seen.delete(entry.target.id); }
      const current = sections.find(({ id }) => seen.has(id));
      for (const [id, made] of links) {
        if (current && id === current.id) made.setAttribute("aria-current", "true");
        else made.removeAttribute("aria-current");
      }
    }, { rootMargin: "-80px 0px -65% 0px" });
    for (const { id, element } of sections) if (id) observer.observe(element);
    if (location.hash) {
      const target = document.getElementById(location.hash.slice(1));
      if (target) target.scrollIntoView();
    }
  }

  start();
})();
