"""Whose computer this is, by the names of the environment alone."""

import pytest

from helpers.core.host import host


@pytest.mark.parametrize(
    ("names", "name", "kept"),
    [
        ("HOME PATH", "your own computer", "stay on this computer"),
        ("BINDER_REPO_URL JUPYTERHUB_USER KUBERNETES_SERVICE_HOST", "Binder", "are lost"),
        ("BINDER_SERVICE_HOST", "Binder", "are lost"),
        ("CODESPACES CODESPACE_NAME", "Codespaces", "until this codespace is deleted"),
        ("COLAB_RELEASE_TAG", "Colab", "are lost"),
        ("KAGGLE_KERNEL_RUN_TYPE COLAB_GPU", "Kaggle", "are lost"),
        ("JUPYTERHUB_API_URL KUBERNETES_SERVICE_HOST", "a JupyterHub", "as long as this hub"),
        ("KUBERNETES_SERVICE_HOST", "a host that does not give its name", "may be lost"),
    ],
)
def test_a_host_is_known_by_its_environment(names, name, kept, tmp_path):
    found = host(dict.fromkeys(names.split(), "x"), tmp_path)
    assert found.name == name
    assert kept in found.kept


def test_an_empty_variable_is_none(tmp_path):
    assert host({"CODESPACES": ""}, tmp_path).name == "your own computer"


@pytest.mark.parametrize("sign", [".dockerenv", "run/.containerenv"])
def test_a_container_without_a_name_promises_nothing(sign, tmp_path):
    (tmp_path / sign).parent.mkdir(exist_ok=True)
    (tmp_path / sign).touch()
    assert host({}, tmp_path).kept.startswith("They may be lost with this container")
    assert host({"CODESPACES": "true"}, tmp_path).name == "Codespaces"
