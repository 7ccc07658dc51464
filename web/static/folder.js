// The reader's clippings and saved searches: lists in the order that the reader gave them, kept in
// this browser and nowhere else. Each change begins from what is stored, since another tab may have
// written it, and returns whether it was stored.
class Folder {
  constructor(key, identity) {
    this.key = key;
    this.identity = identity; // the field that names an entry
  }

  all() {
    const list = kept.read(this.key);
    return Array.isArray(list) ? list : [];
  }

  edit(change) {
    const isStored = kept.update(this.key, change);
    if (isStored) dispatchEvent(new Event("folder"));
    return isStored;
  }

  find(name) {
    return this.all().find((entry) => entry[this.identity] === name);
  }

  add(entry) {
    return this.merge([entry], (stored) => stored);
  }

  // Entries that are here already stay in their place, as `join` makes them.
  merge(entries, join) {
    return this.edit((list) => {
      const byName = new Map(list.map((entry) => [entry[this.identity], entry]));
      for (const entry of entries) {
        const stored = byName.get(entry[this.identity]);
        byName.set(entry[this.identity], stored ? join(stored, entry) : entry);
      }
      return [...byName.values()];
    });
  }

  remove(name) {
    return this.edit((list) => list.filter((entry) => entry[this.identity] !== name));
  }

  change(name, fields) {
    return this.edit((list) =>
      list.map((entry) => (entry[this.identity] === name ? { ...entry, ...fields } : entry)),
    );
  }

  // Moves an entry one place towards the start (-1) or the end (1).
  move(name, step) {
    return this.edit((list) => {
      const place = list.findIndex((entry) => entry[this.identity] === name);
      const other = place + step;
      if (place < 0 || !list[other]) return list;
      [list[place], list[other]] = [list[other], list[place]];
      return list;
    });
  }
}

const clippings = new Folder("arshif-clippings", "id");
const savedSearches = new Folder("arshif-searches", "query");
