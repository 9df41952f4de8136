// Brings the form when the reader sees its place or begins to scroll: many only read the beginning.
(() => {
  const place = document.querySelector("[data-console]");

  const bring = () => {
    watch.disconnect();
    removeEventListener("scroll", bring);
    const style = document.createElement("link");
    document.head.append(Object.assign(style, { rel: "stylesheet", href: place.dataset.style }));
    for (const source of place.dataset.scripts.split(" ")) {
      const script = document.createElement("script");
      // In the order in which they stand, although none was there at first.
      Object.assign(script, { src: source, async: false });
      document.head.append(script);
    }
  };

  const watch = new IntersectionObserver((seen) => {
    if (seen.some((entry) => entry.isIntersecting)) bring();
  });
  watch.observe(place);
  addEventListener("scroll", bring, { once: true, passive: true });
  // The browser looked for the target when the page still ended above it.
  addEventListener("load", () => place.closest(":target")?.scrollIntoView());
})();
