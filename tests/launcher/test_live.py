"""What nginx is told by `veza live config`, and what operators are told where there is no nginx."""

import re
from pathlib import Path

import msgspec
import pytest

from tests.encoders import needs_nginx
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.processes import embedded_nginx
from veza.infra.security.secrets import load_secrets
from veza.launcher.live_ingest import create_config, run_ingest
from veza.launcher.supervisor import ServePlan
from veza.operations.machine_checks import check_ingest


@pytest.fixture
def no_nginx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(embedded_nginx, "FURTHER_FOLDERS", ())


async def test_the_configuration_follows_the_settings(settings: Settings, tmp_path: Path) -> None:
    own = msgspec.structs.replace(
        settings, data_dir=tmp_path, live_rtmp_port=2935, live_hook_secret="quite a long secret"
    )
    config = await create_config(own, "http://192.0.2.7:9000")

    for name, path in (("publish", "publish"), ("update", "update"), ("publish_done", "done")):
        asked = f"http://127.0.0.2:12935/{path}?secret=quite%20a%20long%20secret"
        assert f'on_{name} "{asked}";' in config
    assert 'proxy_pass "http://192.0.2.7:9000/api/v1/live/hooks/";' in config
    assert "listen 127.0.0.2:12935;" in config
    assert "listen 2935;" in config
    assert "listen 127.0.0.2:2935;" in config
    assert f'hls_path "{tmp_path}/live/hls";' in config


async def test_no_configuration_has_the_name_of_another(settings: Settings, tmp_path: Path) -> None:
    own = msgspec.structs.replace(settings, data_dir=tmp_path)
    made = [await create_config(own, "http://127.0.0.1:8080") for _ in range(2)]

    names = [re.findall(r"ingest=(\w+)-\$pid", config) for config in made]
    assert names[0] != names[1]
    assert [len(name) for name in names] == [1, 1]


async def test_where_no_secret_is_set_it_is_the_one_that_was_drawn(
    settings: Settings, tmp_path: Path
) -> None:
    own = msgspec.structs.replace(settings, data_dir=tmp_path)

    assert load_secrets(tmp_path).live_hooks in await create_config(own, "http://127.0.0.1:8080")


async def test_without_nginx_the_start_ends_with_what_to_do(
    settings: Settings, no_nginx: None
) -> None:
    with pytest.raises(CannotStart, match="make live-setup"):
        async with run_ingest(settings, "http://127.0.0.1:8080"):
            pass


@needs_nginx
async def test_where_the_hooks_would_not_hear_nginx_the_start_says_so(settings: Settings) -> None:
    with pytest.raises(CannotStart, match=r"192\.0\.2\.7.*VEZA_LIVE_INGEST_ADDRESSES"):
        async with run_ingest(settings, "http://192.0.2.7:8080"):
            pass


async def test_without_nginx_the_doctor_says_what_it_is_for(no_nginx: None) -> None:
    assert "only live streams need it" in await check_ingest()


async def test_an_nginx_without_the_module_is_none(
    tmp_path: Path, no_nginx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"echo nginx version: nginx/9.9.9 >&2; echo --modules-path={tmp_path} >&2"
    program = tmp_path / "nginx"
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await embedded_nginx.find_nginx() is None

    (tmp_path / embedded_nginx.MODULE).touch()
    found = await embedded_nginx.find_nginx()
    assert found == embedded_nginx.Nginx(program, tmp_path / embedded_nginx.MODULE, "9.9.9")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("2001:db8::7", "http://[2001:db8::7]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_children_find_the_server_wherever_it_listens(host: str, url: str) -> None:
    plan = ServePlan(host=host, port=80, workers=1, has_worker=True, has_live=True)

    assert plan.own_url == url
