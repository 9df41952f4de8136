// Search: a dialog over everything that `{language}/search.js` lists, by keyboard alone if you like.
(() => {
  const dialog = document.getElementById("search-dialog");
  if (!dialog) return;
  const field = dialog.querySelector("input");
  const state = dialog.querySelector(".search-state");
  const list = dialog.querySelector("[role=listbox]");
  const { root } = dialog.dataset;
  const PER_KIND = 7;
  const WEIGHTS = { operation: 3, guide: 2.5, model: 2, error: 2, event: 2, member: 1 };
  let find = null;
  let loading = null;

  const words = () => window.portalSearch.words;
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  const load = (source) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: source, onload: resolve, onerror: reject });
      document.head.append(script);
    });

  // The page of an operation is called by its operationId.
  const nameIn = (href) => (href.includes("#") ? "" : href.split("/").pop().replace(".html", ""));

  const entries = () =>
    window.portalSearch.entries.map(([kind, title, detail, href, words], id) => ({
      id, kind, title, detail, href, words, name: nameIn(href),
    }));

  // paymentMethod is found by payment and by method as well.
  const termsOf = (term) => {
    const parts = term.split(/(?<=[\p{Ll}\d])(?=\p{Lu})/u);
    return [...new Set([term, ...(parts.length > 1 ? parts : [])].map(fold))];
  };

  // A member says in its detail where it stands, and must not come before that place itself.
  const isExact = ({ kind, title, name, detail, words: hidden }, wanted) => {
    const more = { operation: detail, model: hidden }[kind] ?? "";
    return [title, name, more, ...more.split(/\s+/)].some((text) => fold(text) === wanted);
  };

  const byIndex = () => {
    const index = new MiniSearch({
      fields: ["title", "name", "detail", "words"],
      storeFields: ["kind", "title", "detail", "href", "name", "words"],
      processTerm: termsOf,
    });
    index.addAll(entries());
    return (query) => {
      const wanted = fold(query);
      return index.search(query, {
        processTerm: fold,
        combineWith: "AND",
        prefix: true,
        fuzzy: (term) => (term.length > 4 ? 0.2 : false),
        boost: { title: 4, name: 2, words: 0.3 },
        boostDocument: (_id, _term, entry) => WEIGHTS[entry.kind] * (isExact(entry, wanted) ? 20 : 1),
      });
    };
  };

  // Without the library, and where it finds nothing ("motdepasse"): every word must stand
  // somewhere in the entry, whatever its letters are parted by.
  const byLetters = () => {
    const joined = (text) => fold(text).replace(/[^\p{L}\d]+/gu, "");
    const all = entries().map((entry) => {
      const { title, name, detail, words } = entry;
      return [joined(`${title} ${name} ${detail} ${words}`), entry];
    });
    return (query) => {
      const wanted = query.split(/\s+/).map(joined).filter(Boolean);
      if (!wanted.length) return [];
      return all.filter(([text]) => wanted.every((word) => text.includes(word))).map(([, e]) => e);
    };
  };

  const prepare = async () => {
    await load(dialog.dataset.entries);
    const { library } = window.portalSearch;
    if (library) await load(root + library).catch(() => {});
    const letters = byLetters();
    if (!window.MiniSearch) {
      find = letters;
      return;
    }
    const index = byIndex();
    find = (query) => {
      const found = index(query);
      return found.length || query.length < 5 ? found : letters(query);
    };
  };

  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const option = (entry, number) =>
    element(
      "a",
      { role: "option", id: `search-${number}`, href: root + entry.href, tabindex: "-1",
        "aria-selected": "false" },
      element("span", { class: "search-title" }, entry.title),
      element("span", { class: "search-detail" }, entry.detail),
    );

  const groups = (found) => {
    const kinds = new Map();
    for (const entry of found) {
      if (!kinds.has(entry.kind)) kinds.set(entry.kind, []);
      if (kinds.get(entry.kind).length < PER_KIND) kinds.get(entry.kind).push(entry);
    }
    return kinds;
  };

  const options = () => [...list.querySelectorAll("[role=option]")];
  const selected = () => list.querySelector("[aria-selected=true]");

  const select = (chosen) => {
    for (const each of options()) each.setAttribute("aria-selected", String(each === chosen));
    if (chosen) {
      field.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  };

  const draw = (found) => {
    let number = 0;
    const drawn = [...groups(found)].map(([kind, of]) => {
      const label = element("p", { class: "search-kind", id: `search-kind-${kind}` },
        words()[`kind_${kind}`]);
      const group = { role: "group", "aria-labelledby": label.id };
      return element("div", group, label, ...of.map((entry) => option(entry, number++)));
    });
    list.replaceChildren(...drawn);
    list.scrollTop = 0;
    field.setAttribute("aria-expanded", String(found.length > 0));
    select(options()[0]);
  };

  const count = (number, query) => {
    if (!query) return window.MiniSearch ? "" : words().plain;
    if (number === 0) return words().none.replace("{query}", query);
    return number === 1 ? words().one : words().many.replace("{count}", number);
  };

  const search = () => {
    if (!find) return;
    const query = field.value.trim();
    const found = query ? find(query) : [];
    draw(found);
    state.textContent = count(found.length, query);
  };

  const open = async () => {
    if (!dialog.open) dialog.showModal();
    field.select();
    loading ??= prepare();
    try {
      await loading;
      search();
    } catch {
      loading = null;
      state.textContent = dialog.dataset.failed;
    }
  };

  const move = (step) => {
    const all = options();
    if (!all.length) return;
    const next = (all.indexOf(selected()) + step + all.length) % all.length;
    select(all[next]);
  };

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => selected()?.click(),
    Escape: () => dialog.close(), // browsers would only empty the field
  };

  const isTyping = ({ target }) =>
    target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

  field.addEventListener("input", search);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  list.addEventListener("click", ({ target }) => {
    if (target.closest("a")) dialog.close();
  });
  dialog.addEventListener("click", ({ target }) => {
    // The dialog itself is met only beside what lies in it.
    if (target === dialog || target.closest("[data-search-close]")) dialog.close();
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-search-open]")) open();
  });
  document.addEventListener("keydown", (event) => {
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    const letter = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if ((slash && !isTyping(event)) || letter) {
      event.preventDefault();
      open();
    }
  });
})();
