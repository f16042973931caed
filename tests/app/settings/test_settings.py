"""Settings: read once, from the environment; a wrong one stops the start with its name."""

from ipaddress import ip_network
from pathlib import Path

import msgspec
import pytest

from veza.app.settings.environment import find_unknown_settings, format_table, read_settings
from veza.app.settings.openid_settings import read_providers
from veza.app.settings.setting_types import CreatorSignup, Environment, LogLevel
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.core.money_mode import MoneyMode


def test_without_any_variable_all_have_their_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"PATH": "/bin", "VEZA_ENV": "", "OTHER_ENV": "production"}) == Settings()


def test_nobody_is_trusted_and_nothing_is_open_by_default() -> None:
    settings = Settings()

    assert settings.trusted_proxies == []
    assert settings.cors_origins == []
    assert settings.admin_password is None
    assert not settings.is_production


def test_requests_are_limited_by_default() -> None:
    settings = Settings()

    assert settings.rate_limit_global == 1000
    assert settings.rate_limit_per_ip == 100
    assert settings.rate_limit_auth == 300


def test_each_setting_is_read_from_its_variable(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.touch(mode=0o755)
    given = {
        "VEZA_ENV": "production",
        "VEZA_DATA_DIR": "/srv/veza",
        "VEZA_DATABASE_URL": "postgresql://a@/b",
        "VEZA_MIGRATION_DATABASE_URL": "postgres://o@/b",
        "VEZA_DATABASE_POOL": "25",
        "VEZA_VALKEY_URL": "redis://cache:6379/1",
        "VEZA_STORAGE_URL": "s3://bucket/prefix",
        "VEZA_PUBLIC_URL": "https://veza.example",
        "VEZA_APP_URL": "https://app.veza.example/music/",
        "VEZA_SMTP_URL": "smtp://me:pass%20word@mail.example:587",
        "VEZA_MAIL_FROM": "Véza <hello@veza.example>",
        "VEZA_JWT_SECRET": "s" * 32,
        "VEZA_LOG_LEVEL": "warning",
        "VEZA_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::/32 ,127.0.0.1,",
        "VEZA_RATE_LIMIT_GLOBAL": "0",
        "VEZA_RATE_LIMIT_PER_IP": "7",
        "VEZA_RATE_LIMIT_AUTH": "8",
        "VEZA_CORS_ORIGINS": "https://a.example, http://localhost:3000",
        "VEZA_ADMIN_EMAIL": "admin@example.com",
        "VEZA_ADMIN_PASSWORD": "a long sentence",
        "VEZA_CREATOR_SIGNUP": "approval",
        "VEZA_PAYMENT_PROVIDER": "hyperswitch",
        "VEZA_HYPERSWITCH_URL": "https://sandbox.hyperswitch.io",
        "VEZA_HYPERSWITCH_API_KEY": "snd_of_ours",
        "VEZA_HYPERSWITCH_PROFILE_ID": "pro_ours",
        "VEZA_HYPERSWITCH_WEBHOOK_SECRET": "h" * 16,
        "VEZA_PAYOUT_PROVIDER": "stripe",
        "VEZA_STRIPE_SECRET_KEY": "sk_live_ours",
        "VEZA_STRIPE_URL": "http://localhost:12111",
        "VEZA_STRIPE_WEBHOOK_SECRET": "whsec_ours",
        "VEZA_BODY_MAX_BYTES": "2048",
        "VEZA_UPLOAD_MAX_BYTES": "4096",
        "VEZA_TRACK_MAX_SECONDS": "60",
        "VEZA_FFMPEG": str(program),
        "VEZA_WORKERS": "3",
    }
    fields = {f"VEZA_{name.upper()}" for name in Settings.__struct_fields__}
    assert set(given) <= fields

    settings = read_settings(given)

    assert settings.env is Environment.PRODUCTION
    assert settings.is_production
    assert settings.data_dir == Path("/srv/veza")
    assert settings.database_pool == 25
    assert settings.log_level is LogLevel.WARNING
    assert settings.creator_signup is CreatorSignup.APPROVAL
    assert settings.ffmpeg == program
    assert settings.cors_origins == ["https://a.example", "http://localhost:3000"]
    assert settings.proxies == [
        ip_network("10.0.0.0/8"),
        ip_network("2001:db8::/32"),
        ip_network("127.0.0.1/32"),
    ]
    defaults = Settings()
    for name in given:
        field = name.removeprefix("VEZA_").lower()
        assert getattr(settings, field) != getattr(defaults, field), name


WRONG = [
    ("VEZA_ENV", "staging"),
    ("VEZA_ENV", "Production"),
    ("VEZA_DATABASE_URL", "mysql://a@/b"),
    ("VEZA_DATABASE_URL", "nonsense"),
    ("VEZA_MIGRATION_DATABASE_URL", "nonsense"),
    ("VEZA_VALKEY_URL", "nonsense"),
    ("VEZA_VALKEY_URL", "http://cache"),
    ("VEZA_DATABASE_POOL", "1"),
    ("VEZA_DATABASE_POOL", "201"),
    ("VEZA_DATABASE_POOL", "many"),
    ("VEZA_DATABASE_POOL", "1.5"),
    ("VEZA_PLATFORM_FEE_RATE", "1.1"),
    ("VEZA_PLATFORM_FEE_RATE", "-0.1"),
    ("VEZA_PLATFORM_FEE_RATE", "0.12345"),
    ("VEZA_PLATFORM_FEE_RATE", "NaN"),
    ("VEZA_PUBLIC_URL", "veza.example"),
    ("VEZA_PUBLIC_URL", "ftp://veza.example"),
    ("VEZA_PUBLIC_URL", "https://veza.example/path"),
    ("VEZA_APP_URL", "app.example"),
    ("VEZA_APP_URL", "https://app.example/#here"),
    ("VEZA_APP_URL", "https://app.example/?page=1"),
    ("VEZA_APP_URL", "https://app.example/a b"),
    ("VEZA_SMTP_URL", "http://mail.example"),
    ("VEZA_SMTP_URL", "smtp://"),
    ("VEZA_SMTP_URL", "smtp://mail.example:port"),
    ("VEZA_SMTP_URL", "smtp://mail.example?tls=1"),
    ("VEZA_MAIL_FROM", "nonsense"),
    ("VEZA_MAIL_FROM", "a@example.org, b@example.org"),
    ("VEZA_MAIL_FROM", "a@example.org\r\nBcc: b@example.org"),
    ("VEZA_JWT_SECRET", "s" * 31),
    ("VEZA_LOG_LEVEL", "loud"),
    ("VEZA_TRUSTED_PROXIES", "10.0.0.1/8"),
    ("VEZA_TRUSTED_PROXIES", "proxy.example"),
    ("VEZA_METRICS_ADDRESSES", "10.0.0.1/8"),
    ("VEZA_TRUSTED_PROXIES", "127.0.0.1,nonsense"),
    ("VEZA_CORS_ORIGINS", "app.example.com"),
    ("VEZA_CORS_ORIGINS", "https://app.example.com/"),
    ("VEZA_CORS_ORIGINS", "https://*.example.com"),
    ("VEZA_RATE_LIMIT_GLOBAL", "-1"),
    ("VEZA_RATE_LIMIT_PER_IP", "1000001"),
    ("VEZA_RATE_LIMIT_AUTH", "off"),
    ("VEZA_CREATOR_SIGNUP", "closed"),
    ("VEZA_PAYMENT_PROVIDER", "stripe"),
    ("VEZA_PAYOUT_PROVIDER", "hyperswitch"),
    ("VEZA_HYPERSWITCH_URL", "sandbox.hyperswitch.io"),
    ("VEZA_STRIPE_URL", "api.stripe.com"),
    ("VEZA_BODY_MAX_BYTES", "0"),
    ("VEZA_BODY_MAX_BYTES", "1 MiB"),
    ("VEZA_UPLOAD_MAX_BYTES", "-1"),
    ("VEZA_TRACK_MAX_SECONDS", "0"),
    ("VEZA_FFMPEG", "/no/such/program"),
    ("VEZA_WEBSUB_HUBS", "hub.example"),
    ("VEZA_WEBSUB_HUBS", "https://hub.example"),
    ("VEZA_WEBSUB_HUBS", ",".join(["https://hub.example"] * 6)),
    ("VEZA_LIVE_RTMPS_PORT", "0"),
    ("VEZA_LIVE_RTMPS_PORT", "1936"),
    ("VEZA_WORKERS", "-1"),
    ("VEZA_WORKERS", "65"),
    ("VEZA_WORKERS", "two"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_stops_the_start_with_its_name(name: str, value: str) -> None:
    with pytest.raises(CannotStart) as stopped:
        read_settings({name: value})

    assert name in str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VEZA_JWT_SECRET", "swordfish"),
        ("VEZA_DATABASE_URL", "mysql://me:swordfish@db/veza"),
        ("VEZA_VALKEY_URL", "http://:swordfish@cache"),
        ("VEZA_SMTP_URL", "http://me:swordfish@mail.example"),
        ("VEZA_SMTP_URL", "smtp://me:swordfish@mail.example:port"),
        ("VEZA_SMTP_URL", "smtp://me:swordfish@mail.example?starttls=never"),
    ],
)
def test_what_may_be_a_secret_is_not_repeated(name: str, value: str) -> None:
    with pytest.raises(CannotStart) as stopped:
        read_settings({name: value})

    assert name in str(stopped.value)
    assert "swordfish" not in str(stopped.value)


HYPERSWITCH = {
    "VEZA_PAYMENT_PROVIDER": "hyperswitch",
    "VEZA_HYPERSWITCH_URL": "https://sandbox.hyperswitch.io",
    "VEZA_HYPERSWITCH_API_KEY": "snd_of_ours",
    "VEZA_HYPERSWITCH_WEBHOOK_SECRET": "swordfish",
}
STRIPE = {
    "VEZA_PAYOUT_PROVIDER": "stripe",
    "VEZA_STRIPE_SECRET_KEY": "sk_live_ours",
    "VEZA_STRIPE_WEBHOOK_SECRET": "whsec_ours",
}


def test_rtmps_wants_a_port_a_certificate_and_its_key() -> None:
    given = {
        "VEZA_LIVE_RTMPS_PORT": "1936",
        "VEZA_LIVE_RTMPS_CERTIFICATE": "/etc/veza/fullchain.pem",
        "VEZA_LIVE_RTMPS_KEY": "/etc/veza/privkey.pem",
    }
    assert read_settings(given).live_rtmps_key == Path("/etc/veza/privkey.pem")
    for missing, value in given.items():
        with pytest.raises(CannotStart, match=f"Set {missing} as well"):
            read_settings(given | {missing: ""})
        others = [name for name in given if name != missing]
        with pytest.raises(CannotStart, match=f"Set {' and '.join(others)} as well"):
            read_settings({missing: value})


@pytest.mark.parametrize("chosen", [HYPERSWITCH, STRIPE])
def test_a_company_that_is_chosen_wants_all_that_it_is_reached_with(chosen: dict[str, str]) -> None:
    both = HYPERSWITCH | STRIPE
    read_settings(both)

    for missing in list(chosen)[1:]:
        with pytest.raises(CannotStart, match=f"{missing} is missing"):
            read_settings({name: value for name, value in both.items() if name != missing})


@pytest.mark.parametrize("chosen", [HYPERSWITCH, STRIPE])
@pytest.mark.parametrize("env", ["development", "test", "production"])
def test_real_money_and_the_sandbox_are_never_mixed(chosen: dict[str, str], env: str) -> None:
    with pytest.raises(CannotStart) as refused:
        read_settings(chosen | {"VEZA_ENV": env})

    words = str(refused.value)
    assert "can't be used together" in words
    assert "Set both to sandbox, or neither" in words
    assert "VEZA_PAYMENT_PROVIDER" in words
    assert "VEZA_PAYOUT_PROVIDER" in words


def test_only_the_sandbox_in_production_gives_paid_products_away() -> None:
    assert read_settings({"VEZA_ENV": "production"}).is_free_in_production
    assert not read_settings({}).is_free_in_production
    real = read_settings({"VEZA_ENV": "production"} | HYPERSWITCH | STRIPE)
    assert not real.is_free_in_production
    assert real.money_mode is MoneyMode.LIVE


def test_a_variable_that_means_nothing_gets_a_hint() -> None:
    found = find_unknown_settings(
        {
            "VEZA_DATABSE_URL": "x",
            "VEZA_LOGLEVEL": "x",
            "VEZA_XYZZY": "x",
            "VEZA_ENV": "test",
            "PATH": "/bin",
            "_VEZA_HTTP_PARENT": "1",
        }
    )

    assert found == [
        "VEZA_DATABSE_URL is not a setting. Did you mean VEZA_DATABASE_URL?",
        "VEZA_LOGLEVEL is not a setting. Did you mean VEZA_LOG_LEVEL?",
        "VEZA_XYZZY is not a setting.",
    ]


def test_the_table_has_a_row_with_a_meaning_for_each_setting() -> None:
    lines = format_table().splitlines()
    rows = [line.split(" | ") for line in lines[2:]]

    names = [row[0].strip("| `") for row in rows]
    assert names == [f"VEZA_{name.upper()}" for name in Settings.__struct_fields__]
    assert all(len(row[2].strip("| ")) > 10 for row in rows)


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Settings().env = Environment.PRODUCTION  # pyright: ignore
    assert msgspec.structs.replace(Settings(), workers=2).workers == 2


def test_a_setting_is_read_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "jwt"
    secret.write_text("s" * 40 + "\n")
    given = {"VEZA_JWT_SECRET_FILE": str(secret), "VEZA_ENV_FILE": ""}

    assert read_settings(given).jwt_secret == "s" * 40
    assert find_unknown_settings(given) == []
    assert find_unknown_settings({"VEZA_NOTHING_FILE": "x"}) != []


@pytest.mark.parametrize("content", [None, b"\xff", b"s" * 65_537])
def test_a_file_that_can_not_be_used_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "jwt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CannotStart, match="VEZA_JWT_SECRET_FILE"):
        read_settings({"VEZA_JWT_SECRET_FILE": str(path)})


def test_a_setting_and_its_file_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="both set"):
        read_settings({"VEZA_JWT_SECRET": "s" * 40, "VEZA_JWT_SECRET_FILE": str(tmp_path)})


def test_providers_are_read_and_a_mistake_is_named_without_the_secret() -> None:
    fine = {"id": "a", "name": "A", "issuer": "https://id.example/x", "client_id": "veza"}
    secret = {"client_secret": "never shown"}
    address = {"VEZA_PUBLIC_URL": "https://veza.example"}

    def read(providers: object, **more: str) -> Settings:
        text = providers if isinstance(providers, str) else msgspec.json.encode(providers).decode()
        return read_settings({"VEZA_OPENID_PROVIDERS": text} | more)

    settings = read([fine | secret, fine | {"id": "b", "issuer": "http://id.example"}])
    assert [each.id for each in read_providers(settings.openid_providers, is_production=False)] == [
        "a",
        "b",
    ]
    assert read([fine], VEZA_PASSWORD_SIGN_IN="false").password_sign_in is False
    read([fine | {"issuer": "http://127.0.0.1:1"}], VEZA_ENV="production", **address)
    for wrong, said in (
        ("{", "JSON"),
        ([fine | {"id": "A b"}], r"\[0\]\.id"),
        ([fine | {"issuer": "https://id.example/?x"}], "issuer"),
        ([fine | {"isuer": "x"}], "isuer"),
        ([fine | {"scopes": ["email"]}], "openid"),
        ([fine | {"roles": {"staff": "moderator"}}], "groups_claim"),
        ([fine | {"groups_claim": "groups", "roles": {"staff": "boss"}}], "roles"),
        ([fine | {"icon": "https://elsewhere.example/icon.png"}], "icon"),
        ([fine, fine], "twice"),
    ):
        given = [each | secret for each in wrong] if isinstance(wrong, list) else wrong
        with pytest.raises(CannotStart, match=f"VEZA_OPENID_PROVIDERS.*{said}") as failure:
            read(given)
        assert "never shown" not in str(failure.value)
    for providers, more, said in (
        ([], {"VEZA_PASSWORD_SIGN_IN": "false"}, "VEZA_PASSWORD_SIGN_IN"),
        ([fine], {"VEZA_ENV": "production"}, "VEZA_PUBLIC_URL"),
        ([fine | {"issuer": "http://id.example"}], {"VEZA_ENV": "production"} | address, "HTTPS"),
    ):
        with pytest.raises(CannotStart, match=said):
            read(providers, **more)
