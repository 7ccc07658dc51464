// Everything here is an addition: without it the pages work all the same.
"use strict";

const kept = {
  // Storage may be refused (private windows, policies): then nothing is remembered.
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      /* not remembered */
    }
  },
  // Returns false if the storage is full, refused, or holds what is no list: then it stays as it is.
  update(key, edit) {
    try {
      const list = JSON.parse(localStorage.getItem(key)) ?? [];
      if (!Array.isArray(list)) return false;
      localStorage.setItem(key, JSON.stringify(edit(list)));
      return true;
    } catch {
      return false;
    }
  },
};
