"""An archive in one folder; README.md beside this file says what lies in it."""
