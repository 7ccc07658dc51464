"""An archive in one folder; README.md beside this file lists its contents."""
