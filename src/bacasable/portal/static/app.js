// What every page does: theme, language, samples, copying, the navigation as a drawer.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Storage may be refused (private windows, files): then nothing is remembered, and all else works.
  const remember = (name, value) => {
    try {
      if (value) localStorage.setItem(name, value);
      else localStorage.removeItem(name);
    } catch {
      return;
    }
  };
  const remembered = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };

  const announce = (text) => {
    const place = document.querySelector("[data-announce]");
    if (!place) return;
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 50);
  };

  const themes = ["system", "light", "dark"];
  const labelOf = (theme) => document.body.getAttribute(`data-theme-${theme}`);

  const setTheme = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of all("[data-theme-switch]")) {
      button.setAttribute("aria-label", labelOf(theme));
      button.title = labelOf(theme);
    }
  };

  const startTheme = () => {
    setTheme(root.dataset.theme || "system");
    for (const button of all("[data-theme-switch]")) {
      button.addEventListener("click", () => {
        const now = themes.indexOf(root.dataset.theme || "system");
        const next = themes[(now + 1) % themes.length];
        setTheme(next);
        remember("theme", next === "system" ? "" : next);
        announce(labelOf(next));
      });
    }
  };

  // The place on the page is the same in all languages, so the switch keeps it.
  const startLanguages = () => {
    for (const link of all("a[data-language]")) {
      link.addEventListener("click", () => {
        link.hash = location.hash;
        remember("language", link.dataset.language);
        document.cookie = `language=${link.dataset.language}; path=/; max-age=31536000; SameSite=Lax`;
      });
    }
  };

  const chooseSample = (language) => {
    for (const input of all("[data-samples] input")) {
      if (input.value === language) input.checked = true;
    }
  };

  const startSamples = () => {
    chooseSample(remembered("sample"));
    document.addEventListener("change", ({ target }) => {
      if (!target.matches("[data-samples] input")) return;
      const top = target.getBoundingClientRect().top;
      chooseSample(target.value);
      remember("sample", target.value);
      scrollBy(0, target.getBoundingClientRect().top - top);
    });
  };

  const textToCopy = (button) =>
    button.dataset.copy ?? button.closest(".panel, .code").querySelector("pre").textContent;

  // Where the clipboard is refused (no secure context), the older way still works.
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      field.className = "visually-hidden";
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
  };

  const showCopied = (button) => {
    const label = button.querySelector("span");
    const before = label.textContent;
    const { copied } = document.body.dataset;
    if (before === copied) return;
    label.textContent = copied;
    button.classList.add("done");
    announce(copied);
    setTimeout(() => {
      label.textContent = before;
      button.classList.remove("done");
    }, 2000);
  };

  // Blocks of code in guides are Markdown, which knows no buttons.
  const addCopyButtons = () => {
    for (const block of all(".prose .code:not(:has(.copy))")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.dataset.copyCode = "";
      button.setAttribute("aria-label", document.body.dataset.copyLabel);
      button.append(document.createElement("span"));
      button.firstChild.textContent = document.body.dataset.copyText;
      block.append(button);
    }
  };

  const startCopying = () => {
    addCopyButtons();
    document.addEventListener("click", async ({ target }) => {
      const button = target.closest?.("[data-copy], [data-copy-code]");
      if (!button) return;
      await copyText(textToCopy(button));
      button.focus();
      showCopied(button);
    });
  };

  const startNavigation = () => {
    const drawer = document.getElementById("site-navigation");
    if (!drawer?.hidePopover) return;
    const current = drawer.querySelector("[aria-current]");
    drawer.addEventListener("toggle", (event) => {
      if (event.newState === "open") (current ?? drawer.querySelector("button")).focus();
    });
    drawer.addEventListener("click", ({ target }) => {
      if (target.closest("a") && drawer.matches(":popover-open")) drawer.hidePopover();
    });
    addEventListener("resize", () => {
      const menu = document.querySelector(".menu");
      if (drawer.matches(":popover-open") && !menu.checkVisibility()) drawer.hidePopover();
    });
    const place = current?.offsetTop ?? 0;
    if (place > drawer.clientHeight) drawer.scrollTop = place - drawer.clientHeight / 3;
  };

  // The contents beside a page show which of its sections is being read.
  const startContents = () => {
    const links = all(".contents a");
    const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
    if (!links.length) return;
    const mark = () => {
      const line = innerHeight / 4;
      let now = sections.findLastIndex((part) => part && part.getBoundingClientRect().top < line);
      if (innerHeight + scrollY >= document.body.scrollHeight - 2) now = links.length - 1;
      links.forEach((link, index) => {
        if (index === now) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      });
    };
    addEventListener("scroll", mark, { passive: true });
    mark();
  };

  // A place that stands in something folded is unfolded when it is asked for.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) {
      part.open = true;
    }
    if (target?.matches("details")) target.open = true;
  };

  startTheme();
  startLanguages();
  startSamples();
  startCopying();
  startNavigation();
  startContents();
  reveal();
  addEventListener("hashchange", reveal);
})();
