// Brings the form when the reader comes near it: most readers of a page only read.
(() => {
  const place = document.querySelector("[data-console]");

  const bring = () => {
    watch.disconnect();
    const style = document.createElement("link");
    document.head.append(Object.assign(style, { rel: "stylesheet", href: place.dataset.style }));
    for (const source of place.dataset.scripts.split(" ")) {
      const script = document.createElement("script");
      // In the order in which they stand, although none was there at first.
      Object.assign(script, { src: source, async: false });
      document.head.append(script);
    }
  };

  const watch = new IntersectionObserver(
    (seen) => { if (seen.some((entry) => entry.isIntersecting)) bring(); },
    { rootMargin: "800px" },
  );
  watch.observe(place);
  // The browser looked for the target when the page still ended above it.
  addEventListener("load", () => place.closest(":target")?.scrollIntoView());
})();
