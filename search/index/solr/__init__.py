"""An archive on a cluster of Apache Solr; README.md beside this file describes it."""
