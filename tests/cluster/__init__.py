"""A SolrCloud cluster on this machine, for tests: ZooKeeper and several nodes, each a process."""
