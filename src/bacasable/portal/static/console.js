// Brings the form when the reader comes near it: most readers of a page only read.
(() => {
  const place = document.querySelector("[data-console]");

  const bring = () => {
    watch.disconnect();
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
})();
