// On a sandbox: a copy of the tenant that nobody else works in, and the way back to its beginning.
(() => {
  const { say, make, button, controls } = TryIt;

  TryIt.copies = (tenant, changed) => {
    const state = make("p", { class: "hint", role: "status" }, say("fork_hint"));

    const asker = (what, done) => async () => {
      const slug = tenant.value;
      try {
        const path = `/tenants/${encodeURIComponent(slug)}/${what}`;
        const given = await controls(path, { method: "POST" });
        if (!given) throw new Error(say("fork_unknown", { slug }));
        await done(given);
      } catch (error) {
        state.textContent = say("fork_failed", { reason: error.message });
      }
    };

    const copy = button(say("fork"), asker("forks", async ({ slug }) => {
      tenant.value = slug;
      await changed();
      state.textContent = say("fork_made", { slug });
    }));
    const reset = button(say("reset"), asker("reset", ({ slug }) => {
      state.textContent = say("reset_done", { slug });
    }));
    return make("div", { hidden: true }, make("div", { class: "try-row" }, copy, reset), state);
  };
})();
