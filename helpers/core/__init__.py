"""Running and timing jobs: workers, pools, the machine, experiments, results and their files."""
