// Clippings as files: CSV, RIS and JSON, and JSON read back. Nothing here touches the page.
const clippingFiles = {
  FORMAT: "arshif-clippings",
  VERSION: 1,
  COLUMNS: [
    ...["id", "kind", "title", "source", "date", "author", "language", "url", "permalink"],
    ...["note", "kept_at"],
  ],

  // As the archive writes its own: for spreadsheets, so nothing in a cell may be a formula.
  csv(clippings) {
    const cell = (value = "") =>
      `"${value.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
    const rows = clippings.map((one) => this.COLUMNS.map((name) => cell(one[name])));
    // Excel recognises UTF-8 by the byte order mark.
    return `\ufeff${[this.COLUMNS, ...rows].map((row) => `${row.join(",")}\r\n`).join("")}`;
  },

  // As the archive writes them (web/references/ris.py), with the reader's notes. It could not write
  // these: no request carries clippings, and a document may have left the archive since.
  // A field is one line, so a title cannot begin another field.
  ris(clippings) {
    const line = (name, value) => {
      const text = (value ?? "").replace(/\s+/g, " ").trim();
      return text && `${name}  - ${text}\r\n`;
    };
    const day = (date) => date && `${date.slice(0, 10).replaceAll("-", "/")}/`;
    return clippings
      .map((one) =>
        [
          line("TY", "NEWS"),
          line("ID", one.id),
          line("TI", one.title),
          line("AU", one.author),
          line("T2", one.source),
          line("PY", one.date?.slice(0, 4)),
          line("DA", day(one.date)),
          line("LA", one.language === "und" ? "" : one.language),
          line("UR", one.url ?? one.permalink),
          line("Y2", day(one.kept_at)), // when it was consulted
          line("N1", one.note),
          "ER  - \r\n",
        ].join(""),
      )
      .join("\r\n");
  },

  json(clippings, searches) {
    const file = { format: this.FORMAT, version: this.VERSION, clippings, searches };
    return `${JSON.stringify(file, null, 1)}\n`;
  },

  // Throws a BadFile for anything that `json` does not write; fields that it does not know are left.
  read(text) {
    let file;
    try {
      file = JSON.parse(text);
    } catch {
      throw new BadFile("foreign");
    }
    const { clippings, searches = [] } = file ?? {};
    const isOurs = file?.format === this.FORMAT && file.version === this.VERSION;
    if (!isOurs || !Array.isArray(clippings) || !Array.isArray(searches)) {
      throw new BadFile("foreign");
    }
    return {
      clippings: clippings.map((one, at) => pick(one, CLIPPING, "clipping", at + 1)),
      searches: searches.map((one, at) => pick(one, SEARCH, "search", at + 1)),
    };
  },
};

class BadFile extends Error {
  constructor(reason, number) {
    super(reason);
    this.reason = reason; // "foreign"; "clipping" and "search" with the number of what is wrong
    this.number = number;
  }
}

const isText = (value) => typeof value === "string";
const isName = (value) => isText(value) && value !== "";
const isMatch = (pattern) => (value) => isText(value) && pattern.test(value);
const optional = (isValid) => (value) => value === undefined || isValid(value);

const CLIPPING = {
  id: isMatch(/^\P{Surrogate}+$/u), // it stands in an address
  title: isName,
  kind: optional(isText),
  source: optional(isText),
  date: optional(isMatch(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)),
  author: optional(isText),
  language: optional(isText),
  url: optional(isMatch(/^https?:\/\/[^\s/?#\\][^\x00-\x1f\x7f]*$/i)), // no address of a script
  note: optional(isText),
  kept_at: optional(isText),
};
const SEARCH = {
  query: isName,
  label: isName,
  total: (value) => Number.isSafeInteger(value) && value >= 0,
  kept_at: optional(isText),
};

function pick(entry, checks, reason, number) {
  const fields = Object.entries(checks).map(([name, isValid]) => {
    const value = entry?.[name] ?? undefined;
    if (!isValid(value)) throw new BadFile(reason, number);
    return [name, value];
  });
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}
