"use strict";
// The page can be read without this script, as far as long lists are not
// concerned. The script puts lists in their place that hold every member and
// that can be searched and filtered. Whatever comes out of the data becomes
// text, never markup.
(() => {
  // How much of a list is drawn before somebody asks for more.
  const GROUPS_AT_ONCE = 50;
  const MEMBERS_AT_ONCE = 100;
  // Groups with no more matches than this open by themselves during a search.
  const OPENED_BY_SEARCH = 20;

  const number = (n) => n.toLocaleString("en-US");
  const counted = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;

  const countedKinds = (n, kind) => `${counted(n, "kind")} of ${kind}`;

  /** Makes an element. Children are elements or text; empty ones are left out. */
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      element.setAttribute(name, value);
    }
    element.append(...children.filter(Boolean));
    return element;
  }

  // --- Drawing. It makes the same elements as list.gohtml. ---

  function drawPart(part) {
    const verb = part.class === "locate" ? "set" : part.class;
    return make("span", { class: `part ${part.class}` },
      make("span", { "aria-hidden": "true" }, part.sign), " ",
      make("span", { class: "unseen" }, verb), " ",
      make("bdi", null, part.what),
      part.plans && " ", part.plans && make("span", { class: "plans" }, part.plans),
      part.cause && " ", part.cause && make("span", { class: "cause" }, part.cause));
  }

  /** The words of a group. During a search, head is how many of it match. */
  function drawLine(group, head) {
    const words = [
      group.code && make("span", { class: "code" }, group.code),
      head && make("bdi", { class: "who" }, head),
      ...(group.parts ?? []).map(drawPart),
      group.cause && make("span", { class: "cause" }, group.cause),
      group.message && make("span", { class: "message" }, group.message),
      group.warning && make("span", { class: "part remove strong" }, group.warning),
      ...(group.reasons ?? []).map((reason) => make("span", { class: "reason" }, reason)),
      group.place && make("span", { class: "place" }, group.place),
    ].filter(Boolean);
    return words.flatMap((word) => [word, " "]);
  }

  function drawNotes(notes) {
    if (!notes) return "";
    return make("dl", { class: "notes" }, ...notes.map((note) =>
      make("div", null, make("dt", null, note.label), make("dd", null, make("bdi", null, note.text)))));
  }

  function drawMember(member, columns) {
    return make("tr", null,
      columns.named && make("th", { scope: "row" }, make("bdi", null, member.name)),
      columns.placed && make("td", { "data-label": "Source" }, member.place),
      columns.noted && make("td", { "data-label": "More" }, drawNotes(member.notes)));
  }

  /** A button that draws the next portion of something, as long as there is more. */
  function drawMore(name, portion, left, next) {
    const button = make("button", { type: "button", class: "more" });
    const label = () => {
      button.textContent = `Show ${number(Math.min(portion, left()))} more of ${name(left())}`;
      button.hidden = left() === 0;
    };
    button.addEventListener("click", () => {
      const first = next();
      label();
      first?.focus();
    });
    label();
    return button;
  }

  /** The members of a group as a table that grows. */
  function drawMembers(group, members, atOnce) {
    const columns = {
      named: group.members[0].name !== undefined,
      placed: group.place !== undefined,
      noted: group.members.some((member) => member.notes),
    };
    const body = make("tbody");
    let drawn = 0;
    const next = () => {
      const portion = members.slice(drawn, drawn + atOnce).map((member) => drawMember(member, columns));
      drawn += portion.length;
      body.append(...portion);
      portion[0]?.setAttribute("tabindex", "-1");
      return portion[0];
    };
    next();
    const head = make("tr", null,
      columns.named && make("th", { scope: "col" }, "User"),
      columns.placed && make("th", { scope: "col" }, "Source"),
      columns.noted && make("th", { scope: "col" }, "More"));
    return [
      make("table", { class: "members" }, make("thead", null, head), body),
      drawMore((n) => counted(n, columns.named ? "user" : "place"), atOnce, () => members.length - drawn, next),
    ];
  }

  /** A group with those of its members that match. */
  function drawGroup({ group, members }, list, all) {
    const single = group.members.length === 1;
    if (single) {
      return make("li", { class: "entry", tabindex: "-1" },
        make("div", { class: "line" }, ...drawLine(group, group.head)),
        drawNotes(group.notes), drawNotes(members[0].notes));
    }
    const whole = members.length === group.members.length;
    const head = whole ? group.head : `${number(members.length)} of ${group.head ?? counted(group.members.length, "place")}`;
    const summary = make("summary", { class: "line" }, ...drawLine(group, head));
    const details = make("details", null, summary, drawNotes(group.notes));
    let filled = false;
    const fill = () => {
      if (!filled) details.append(...drawMembers(group, members, all ? Infinity : MEMBERS_AT_ONCE));
      filled = true;
    };
    details.addEventListener("toggle", () => details.open && fill());
    summary.addEventListener("click", () => {
      list.opened.set(group, !details.open);
      fill();
    });
    const bySearch = !whole && members.length <= OPENED_BY_SEARCH;
    details.open = all || (list.opened.get(group) ?? bySearch);
    if (details.open) fill();
    return make("li", { class: "entry", tabindex: "-1" }, details);
  }

  // --- Lists. ---

  /** One list of the page: what is asked of it, and what it shows. */
  class List {
    constructor(data, place, hasKey) {
      this.data = data;
      this.place = place;
      this.hasKey = hasKey; // the key / leads to its search
      this.query = "";
      this.chosen = new Map(data.facets.map((facet) => [facet.name, new Set()]));
      this.opened = new Map(); // what the reader has opened or closed, by group
      this.controls = new Map(); // what sets a facet, by its name
      this.status = make("p", { class: "status", role: "status" });
      this.body = make("div");
      const controls = this.drawControls();
      place.replaceChildren(...(data.total > 1 ? [controls, this.body] : [this.body]));
    }

    drawControls() {
      this.search = make("input", {
        type: "search", id: `search-${this.data.name}`, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      });
      if (this.hasKey) this.search.setAttribute("aria-keyshortcuts", "/");
      this.search.addEventListener("input", () => this.ask(() => { this.query = this.search.value; }));
      this.clear = make("button", { type: "button", class: "clear" }, "Clear filters");
      this.clear.addEventListener("click", () => {
        this.ask(() => this.reset());
        this.search.focus();
      });
      return make("div", { class: "controls", role: "search", "aria-label": this.data.search.label },
        make("div", { class: "field" },
          make("label", { for: this.search.id }, this.data.search.label, this.hasKey && make("kbd", null, "/")), this.search),
        ...this.data.facets.map((facet) => this.drawFacet(facet)),
        make("div", { class: "outcome" }, this.status, this.clear));
    }

    drawFacet(facet) {
      return facet.many ? this.drawMenu(facet) : this.drawButtons(facet);
    }

    drawButtons(facet) {
      const chosen = this.chosen.get(facet.name);
      const buttons = facet.values.map(({ value, label, count }) => {
        const button = make("button", { type: "button", class: "choice", "aria-pressed": "false", "data-value": value },
          label, " ", make("span", { class: "count" }, number(count)));
        button.addEventListener("click", () => this.ask(() => {
          if (!chosen.delete(value)) chosen.add(value);
        }));
        return button;
      });
      this.controls.set(facet.name, () => {
        facet.values.forEach(({ value }, i) => buttons[i].setAttribute("aria-pressed", String(chosen.has(value))));
      });
      return make("div", { class: "facet", role: "group", "aria-label": facet.label, "data-facet": facet.name },
        make("span", { class: "facet-label", "aria-hidden": "true" }, facet.label), ...buttons);
    }

    drawMenu(facet) {
      const chosen = this.chosen.get(facet.name);
      const menu = make("select", { id: `${this.data.name}-${facet.name}`, "data-facet": facet.name },
        make("option", { value: "" }, "any"),
        ...facet.values.map(({ value, label, count }) => make("option", { value }, `${label} (${number(count)})`)));
      menu.addEventListener("change", () => this.ask(() => {
        chosen.clear();
        if (menu.value) chosen.add(menu.value);
      }));
      this.controls.set(facet.name, () => { menu.value = [...chosen][0] ?? ""; });
      return make("div", { class: "field" }, make("label", { for: menu.id }, facet.label), menu);
    }

    /** Changes what is asked, shows the answer and keeps it in the address. */
    ask(change) {
      change();
      this.show();
      writeAddress();
    }

    reset() {
      this.query = "";
      this.chosen.forEach((values) => values.clear());
    }

    isNarrowed() {
      return this.query.trim() !== "" || [...this.chosen.values()].some((values) => values.size > 0);
    }

    /** The groups that match, with their members that match, by section. */
    matches() {
      const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (group) => [...this.chosen].every(([name, values]) =>
        values.size === 0 || (group.tags[name] ?? []).some((value) => values.has(value)));
      const named = (group) => {
        const message = `${group.code ?? ""}\n${group.message ?? ""}`;
        return (member) => {
          member.words ??= [member.name, member.place, message, ...(member.notes ?? []).map((note) => note.text)].join("\n").toLowerCase();
          return words.every((word) => member.words.includes(word));
        };
      };
      const out = [];
      for (const section of this.data.sections) {
        for (const group of section.groups) {
          if (!fits(group)) continue;
          const members = words.length === 0 ? group.members : group.members.filter(named(group));
          if (members.length > 0) out.push({ section, group, members });
        }
      }
      return out;
    }

    show() {
      performance.mark("ask");
      const found = this.matches();
      this.draw(found, GROUPS_AT_ONCE);
      this.tell(found);
      performance.measure(`show ${this.data.name}`, "ask");
    }

    /** Draws everything that is asked for, on paper. */
    showAll() {
      this.draw(this.matches(), Infinity);
    }

    draw(found, atOnce) {
      this.search.value = this.query;
      this.controls.forEach((update) => update());
      const sums = new Map();
      for (const { section, members } of found) sums.set(section, (sums.get(section) ?? 0) + members.length);
      const sections = make("div");
      let drawn = 0;
      let entries; // of the section that was begun last
      let begun;
      const next = () => {
        let first;
        for (const entry of found.slice(drawn, drawn + atOnce)) {
          if (entry.section !== begun) {
            begun = entry.section;
            entries = make("ul", { class: "entries" });
            sections.append(this.drawSection(begun, sums.get(begun), entries));
          }
          const item = drawGroup(entry, this, atOnce === Infinity);
          entries.append(item);
          first ??= item;
          drawn++;
        }
        return first;
      };
      next();
      const more = drawMore((n) => countedKinds(n, this.data.kind), atOnce, () => found.length - drawn, next);
      const none = make("p", { class: "missing" }, "Nothing matches. Clear the filters to see everything again.");
      this.body.replaceChildren(found.length > 0 ? sections : none, more);
    }

    drawSection(section, count, entries) {
      const total = section.groups.reduce((sum, group) => sum + group.members.length, 0);
      const size = count === total ? section.size : `${number(count)} of ${counted(total, this.data.noun)}`;
      return make("section", { class: `part-of-list ${section.tone}` },
        make("h3", null, section.title, " ", make("span", { class: "size" }, size)), entries);
    }

    /** Says how much there is to see. */
    tell(found) {
      const members = found.reduce((sum, { members }) => sum + members.length, 0);
      const of = this.isNarrowed() ? `${number(members)} of ` : "";
      this.status.textContent = `${of}${counted(this.data.total, this.data.noun)}, ${countedKinds(found.length, this.data.kind)}`;
      this.clear.hidden = !this.isNarrowed();
    }

    /** What is asked, as parameters of the address. */
    write(address) {
      if (this.query.trim()) address.set(this.data.search.name, this.query);
      this.chosen.forEach((values, name) => values.forEach((value) => address.append(name, value)));
    }

    /** Asks what the address says; values that nobody knows are left out. */
    read(address) {
      this.reset();
      this.query = address.get(this.data.search.name) ?? "";
      for (const facet of this.data.facets) {
        const known = facet.values.map(({ value }) => value);
        const asked = address.getAll(facet.name).filter((value) => known.includes(value));
        asked.slice(0, facet.many ? 1 : known.length).forEach((value) => this.chosen.get(facet.name).add(value));
      }
      this.show();
    }
  }

  // --- The page. ---

  /** Keeps what is asked in the address, so that it can be sent to somebody. */
  function writeAddress() {
    const address = new URLSearchParams();
    lists.forEach((list) => list.write(address));
    const hash = address.toString();
    if (hash !== location.hash.slice(1)) history.replaceState(null, "", `#${hash}`);
  }

  /** An address that names a place of the page asks nothing. */
  function readAddress() {
    const hash = location.hash.slice(1);
    if (hash !== "" && !hash.includes("=")) return false;
    const address = new URLSearchParams(hash);
    lists.forEach((list) => list.read(address));
    // Whoever was sent a filter is to see what it shows.
    lists.find((list) => list.isNarrowed())?.place.scrollIntoView({ behavior: "instant" });
    return true;
  }

  function focusSearch(event) {
    const typing = event.target.matches("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || lists.length === 0) return;
    event.preventDefault();
    lists[0].search.focus();
    lists[0].search.select();
  }

  /** The skip link moves the focus and leaves the filters in the address. */
  function skip(event) {
    event.preventDefault();
    const target = document.querySelector(event.currentTarget.getAttribute("href"));
    target.focus();
    target.scrollIntoView();
  }

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    let answer = "Copied";
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      answer = "Selected: press Ctrl+C";
    }
    button.textContent = answer;
    announce.textContent = answer;
    setTimeout(() => { button.textContent = label; announce.textContent = ""; }, 2000);
  }

  const announce = make("p", { class: "unseen", role: "status" });
  const lists = JSON.parse(document.getElementById("lists").textContent)
    .filter((data) => data.total > 0)
    .map((data, i) => new List(data, document.querySelector(`[data-list="${data.name}"]`), i === 0));

  document.body.append(announce);
  if (!readAddress()) lists.forEach((list) => list.show());
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  document.querySelectorAll("a.skip").forEach((link) => link.addEventListener("click", skip));
  document.addEventListener("keydown", focusSearch);
  addEventListener("hashchange", readAddress);
  addEventListener("beforeprint", () => lists.forEach((list) => list.showAll()));
  addEventListener("afterprint", () => lists.forEach((list) => list.show()));
})();
