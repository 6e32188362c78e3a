"""The lab of notebook 10, without a browser: a cluster that is kept busy until Stop."""

import time

import pytest

from helpers.beyond import cluster, lab
from tests.unit import sample_jobs as jobs

pytestmark = pytest.mark.skipif(
    cluster.lacking() is not None, reason=f"Dask is not installed: {cluster.INSTALL}"
)


def test_a_cluster_does_the_strings_until_stop(monkeypatch):
    monkeypatch.setattr(lab, "load_job", lambda name: jobs.job(jobs.doubles))
    one = lab.ClusterLab()
    one.run()
    end_s = time.monotonic() + 60
    while not one.n_passes and one.running and time.monotonic() < end_s:
        time.sleep(0.01)
    assert one.n_passes and not one.controls["stop"].disabled
    one.controls["stop"].click()
    assert one.wait(30) and one.error is None
    assert one.said == f"Ended, after {one.n_passes} passes. Nothing is left running."
    assert one.controls["stop"].disabled
