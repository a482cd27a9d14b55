// JupyterLab with MyST shows a reference's own label where its target is in no Markdown cell: a
// citation, a figure that code draws, another chapter. names.json says what the page says there.
// Written by hand in the form of a bundled extension, so that no Node is needed.
(() => {
  const names = fetch(new URL("names.json", document.currentScript.src)).then((r) => r.json());
  const ROLES = ["cite", "cite:t", "numref", "eq", "ref"];
  const MISSING = '.myst span[title$="Not Found"]:not([data-named])';
  const CHAPTERS = ".myst a.link:not([data-named])";
  const STYLE = `.myst .myst-aside { height: auto !important; margin: 1em 0; padding-left: 1em;
      border-left: 3px solid var(--jp-border-color1); }
    .myst [data-named="hidden"] { display: none !important; }`;

  /** Pieces of text with addresses, as elements; they stand beside what React draws. */
  function shown(pieces, site) {
    const parts = pieces.map(([text, address]) => {
      if (!address) return text;
      const link = document.createElement("a");
      Object.assign(link, { href: site + address, target: "_blank" });
      link.rel = "noopener";
      link.textContent = text;
      return link;
    });
    const made = document.createElement("span");
    made.className = "dt-named";
    made.append(...parts);
    return made;
  }

  function inPlaceOf(element, made) {
    element.dataset.named = "hidden";
    element.after(made);
  }

  function name(span, known) {
    const key = span.textContent.trim();
    const found = ROLES.map((role) => known.names[`${role}:${key}`]).find(Boolean);
    if (found) inPlaceOf(span, shown(found, known.site));
    else span.dataset.named = "unknown";
  }

  /** A link to a page of the book has its title; a chapter opens here, whatever the root is. */
  function lead(link, known, open) {
    const target = link.getAttribute("href").split("/files/")[1]?.split("?")[0] ?? "";
    const page = target.replace(/^chapters\//, "");
    const title = known.pages[page];
    link.dataset.named = "other";
    if (!title) return;
    const text = link.textContent.trim();
    const bare = target.endsWith(text.replace(/^(\.\.\/)+/, ""));
    const made = shown([[bare ? title : text, `chapters/${page}.html`]], known.site);
    inPlaceOf(link, made);
    if (page.includes("/"))
      made.addEventListener("click", (event) => (event.preventDefault(), open(`${target}.ipynb`)));
  }

  async function activate(app) {
    const known = await names;
    document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
    const open = (path) => app.commands.execute("docmanager:open", { path });
    const look = () => {
      document.querySelectorAll(MISSING).forEach((span) => name(span, known));
      document.querySelectorAll(CHAPTERS).forEach((link) => lead(link, known, open));
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  }

  const plugin = { id: "deeptricks-names:plugin", autoStart: true, activate };
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["deeptricks-names"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
