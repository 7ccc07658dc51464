// The page of clippings: the list in the reader's order, with notes; files, import and print.
{
  const desk = document.querySelector(".desk");
  const said = desk.dataset;
  const status = desk.querySelector(".said");
  const list = desk.querySelector(".folder ol");
  const heading = document.getElementById("folder");
  const { refused, losing } = document.querySelector(".to-clippings").dataset;
  const months = said.months.split("|");

  const say = (sentence, values = {}) => {
    status.textContent = fill(sentence, values);
  };
  const check = (isStored) => {
    say(isStored ? "" : refused);
    return isStored;
  };

  const pageOf = (id) =>
    new URL(said.document.replace(/ID$/, encodeURIComponent(id)), location).href;
  const exported = () => clippings.all().map((one) => ({ ...one, permalink: pageOf(one.id) }));

  function build(clipping) {
    const row = document.getElementById("clipping").content.firstElementChild.cloneNode(true);
    const { id, title, source, date, language, url } = clipping;
    const article = row.querySelector("article");
    row.dataset.id = id;
    for (const spot of row.querySelectorAll("h2 bdi, [data-title]")) spot.textContent = title;
    const link = row.querySelector("h2 a");
    link.href = pageOf(id);
    if (language && language !== "und") link.lang = language;
    link.dir = language === "ar" ? "rtl" : "auto";
    const name = row.querySelector(".source");
    if (source) name.textContent = source;
    else name.remove();
    const time = row.querySelector("time");
    time.textContent = date ? writeDay(...date.split("-").map(Number), months) : said.undated;
    if (date) time.dateTime = date;
    row.querySelector(".address bdi").textContent = url ?? pageOf(id);
    const original = row.querySelector(".original");
    if (url) original.href = url;
    else original.remove();
    article.setAttribute("aria-label", title);
    row.querySelector("textarea").addEventListener("input", ({ target: note }) => {
      const isStored = clippings.change(id, { note: note.value });
      note.classList.toggle("unsaved", !isStored);
      check(isStored);
    });
    for (const button of row.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => move(row, button));
    }
    row.querySelector("[data-remove]").addEventListener("click", () => remove(row));
    return row;
  }

  function move(row, button) {
    if (!check(clippings.move(row.dataset.id, Number(button.dataset.step)))) return;
    // A button that moved or has nothing left to do has lost the focus.
    (button.disabled ? row.querySelector("[data-step]:enabled") : button)?.focus();
    const place = [...list.children].indexOf(row) + 1;
    say(said.moved, { place, count: list.children.length });
  }

  function remove(row) {
    const { id } = row.dataset;
    if (clippings.find(id)?.note && !confirm(losing)) return;
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    if (!check(clippings.remove(id))) return;
    (neighbour?.querySelector("[data-remove]") ?? heading).focus();
  }

  function refresh() {
    const entries = clippings.all();
    const rows = new Map([...list.children].map((row) => [row.dataset.id, row]));
    entries.forEach((clipping, place) => {
      const row = rows.get(clipping.id) ?? build(clipping);
      rows.delete(clipping.id);
      // A row that is in its place is left there: moving it would end what is typed in it.
      if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
      const note = row.querySelector("textarea");
      const text = clipping.note ?? "";
      // What could not be stored stays in its box; so does an equal text, for the sake of the caret.
      if (!note.matches(".unsaved") && note.value !== text) note.value = text;
      row.querySelector(".noted").textContent = note.value;
      row.querySelector("[data-step='-1']").disabled = place === 0;
      row.querySelector("[data-step='1']").disabled = place === entries.length - 1;
    });
    for (const row of rows.values()) row.remove();
    desk.querySelector(".empty").hidden = entries.length > 0;
    for (const tool of desk.querySelectorAll(".filled")) tool.hidden = !entries.length;
  }

  function download(ending, mediaType, text) {
    const link = document.createElement("a");
    // Not revoked: the browser may read it after this function has ended.
    link.href = URL.createObjectURL(new Blob([text], { type: mediaType }));
    link.download = `arshif-clippings.${ending}`;
    link.click();
  }

  // Both notes stay: neither the one that is here nor the one of the file is lost.
  function joinNotes(stored, imported) {
    const note = stored.note ?? "";
    if (!imported.note || note.includes(imported.note)) return stored;
    return { ...stored, note: note ? `${note}\n${imported.note}` : imported.note };
  }

  async function bring(file) {
    let read;
    try {
      read = clippingFiles.read(await file.text());
    } catch (error) {
      const { reason = "foreign", number } = error;
      return say(said[reason], { number });
    }
    const here = new Set(clippings.all().map((one) => one.id));
    const added = new Set(read.clippings.map((one) => one.id).filter((id) => !here.has(id))).size;
    const isStored =
      clippings.merge(read.clippings, joinNotes) &&
      savedSearches.merge(read.searches, (stored) => stored);
    if (check(isStored)) say(said.imported, { added, known: read.clippings.length - added });
  }

  const chooser = desk.querySelector("input[type=file]");
  chooser.addEventListener("change", async () => {
    if (chooser.files[0]) await bring(chooser.files[0]);
    chooser.value = ""; // so that the same file can be chosen again
  });

  const tools = {
    print: () => print(),
    csv: () => download("csv", "text/csv", clippingFiles.csv(exported())),
    ris: () =>
      download("ris", "application/x-research-info-systems", clippingFiles.ris(exported())),
    json: () =>
      download(
        "json",
        "application/json",
        clippingFiles.json(clippings.all(), savedSearches.all()),
      ),
    import: () => chooser.click(),
    empty() {
      if (confirm(said.emptying) && check(clippings.edit(() => []))) heading.focus();
    },
  };
  for (const button of desk.querySelectorAll("[data-do]")) {
    button.addEventListener("click", tools[button.dataset.do]);
  }

  for (const event of ["folder", "storage", "pageshow"]) addEventListener(event, refresh);
  addEventListener("beforeprint", () => {
    const now = new Date();
    const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
    desk.querySelector(".printed").textContent = writeDay(...today, months);
  });
  desk.querySelector(".tools").hidden = false;
  refresh();
  check(clippings.edit((entries) => entries)); // says at once if this browser keeps nothing
}
