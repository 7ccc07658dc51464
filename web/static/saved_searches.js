// The saved searches, each with the number of matches that came since the reader last opened it.
{
  const section = document.querySelector(".watch");
  const said = section.dataset;
  const list = section.querySelector("ul");
  const { refused } = document.querySelector(".to-clippings").dataset;

  function build({ query, label }) {
    const row = document.getElementById("saved-search").content.firstElementChild.cloneNode(true);
    row.dataset.query = query;
    for (const spot of row.querySelectorAll("bdi")) spot.textContent = label;
    row.querySelector("a").href = `${said.search}?${query}`;
    row.querySelector("button").addEventListener("click", () => {
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      if (!savedSearches.remove(query)) row.querySelector(".news").textContent = refused;
      else (neighbour?.querySelector("button") ?? document.getElementById("folder")).focus();
    });
    return row;
  }

  function refresh() {
    const searches = savedSearches.all();
    const rows = new Map([...list.children].map((row) => [row.dataset.query, row]));
    list.replaceChildren(...searches.map((one) => rows.get(one.query) ?? build(one)));
    section.hidden = !searches.length;
  }

  // The archive counts, as it would if the reader opened the search: one hit is the fewest it sends.
  async function count({ query, total }) {
    const parameters = new URLSearchParams(query);
    parameters.set("k", "1");
    try {
      const response = await fetch(`${said.api}?${parameters}`);
      if (!response.ok) return said.failed;
      const now = (await response.json()).total;
      const sentence = now > total ? said.more : now < total ? said.fewer : said.same;
      return fill(sentence, { change: Math.abs(now - total), total: now });
    } catch {
      return said.failed; // offline
    }
  }

  async function countAll() {
    for (const search of savedSearches.all()) {
      const sentence = await count(search); // one after the other: other readers search too
      const row = [...list.children].find((one) => one.dataset.query === search.query);
      if (row) row.querySelector(".news").textContent = sentence;
    }
  }

  for (const event of ["folder", "storage", "pageshow"]) addEventListener(event, refresh);
  addEventListener("pageshow", countAll);
  refresh();
}
