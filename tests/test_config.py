import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
import tomli_w

from liqtui import config
from liqtui.config import SettingsError
from liqtui.settings import Settings, VenueSettings


class ToyVenue:
    markets = ("linear", "inverse")
    hosts: Mapping[str, str] = MappingProxyType({"ws": "wss://toy", "rest": "https://toy"})


class ToyCatalogue:
    def names(self) -> list[str]:
        return ["toyone", "toytwo"]

    def load(self, name: str) -> ToyVenue:
        assert name in self.names()
        return ToyVenue()


def load(
    text: str | bytes | None,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    file = None
    if text is not None:
        file = folder / "config.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    return config.load(file, environ or {}, flags or {}, ToyCatalogue())


def problems(text: str | bytes, folder: Path, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(text, folder, environ)
    prefix = f"{folder}/config.toml:"
    return tuple(problem.removeprefix(prefix) for problem in caught.value.problems)


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert load(None, tmp_path) == Settings()
    assert load("", tmp_path) == Settings()


def test_a_file_overrides_defaults_and_leaves_its_neighbours(tmp_path: Path) -> None:
    settings = load('[screen]\ntheme = "amber"\nfps = 2\n[tape]\nleast = 0\n', tmp_path)
    assert (settings.screen.theme, settings.screen.fps, settings.tape.least) == ("amber", 2.0, 0.0)
    assert settings.screen.zone == "utc"


def test_each_layer_overrides_the_one_before(tmp_path: Path) -> None:
    text = '[screen]\ntheme = "a"\ncolor = "16"\nzone = "local"\n'
    environ = {"LIQTUI_SCREEN_THEME": "b", "LIQTUI_SCREEN_COLOR": "256"}
    screen = load(text, tmp_path, environ, {"screen.color": "none"}).screen
    assert (screen.theme, screen.color, screen.zone) == ("b", "none", "local")


def test_the_environment_speaks_every_type(tmp_path: Path) -> None:
    environ = {
        "LIQTUI_WATCH_WATCHED": "BTC, DOGE",
        "LIQTUI_SCREEN_ASCII": "true",
        "LIQTUI_SCREEN_LOW_BANDWIDTH": "1",
        "LIQTUI_SCREEN_FPS": "1.5",
        "LIQTUI_TAPE_KEEP": "500",
        "LIQTUI_SCREEN_KEYS": "quit=x,help=h",
        "LIQTUI_VENUES_TOYONE_ENABLED": "false",
        "LIQTUI_VENUES_TOYTWO_HOSTS": "ws=ws://127.0.0.1:9/x",
        "LIQTUI_CONFIG_DIR": "/no/setting",
        "UNRELATED": "1",
    }
    settings = load(None, tmp_path, environ)
    assert settings.watch.watched == ("BTC", "DOGE")
    assert settings.screen.ascii
    assert settings.screen.low_bandwidth
    assert settings.screen.fps == 1.5
    assert settings.tape.keep == 500
    assert settings.screen.keys == {"quit": "x", "help": "h"}
    assert not settings.venues["toyone"].enabled
    assert settings.venues["toytwo"].hosts == {"ws": "ws://127.0.0.1:9/x"}


def test_tables_of_several_layers_are_merged(tmp_path: Path) -> None:
    text = '[venues.toyone]\nmarkets = ["linear"]\n[screen.keys]\nquit = "q"\n'
    environ = {"LIQTUI_VENUES_TOYONE_ENABLED": "false", "LIQTUI_SCREEN_KEYS": "help=h"}
    settings = load(text, tmp_path, environ)
    assert settings.venues["toyone"] == VenueSettings(enabled=False, markets=("linear",))
    assert settings.screen.keys == {"quit": "q", "help": "h"}


def test_the_coin_shown_first_is_taken_in(tmp_path: Path) -> None:
    settings = load('[watch]\nbase = "XRP"\nwatched = ["BTC", "XRP"]\n', tmp_path)
    assert settings.watch.bases == ("XRP", "BTC")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '\n[screen]\n# …\ntheem = "x"\n',
            "4: unknown key 'theem' in [screen]: did you mean 'theme'?",
        ),
        (
            "[scren]\nfps = 1\n",
            "1: unknown key 'scren' outside of any table: did you mean 'screen'?",
        ),
        (
            'theme = "x"\n',
            "1: unknown key 'theme' outside of any table: did you mean 'screen.theme'?",
        ),
        ("[log]\nzzz = 1\n", "2: unknown key 'zzz' in [log]: there are level, keep"),
        ("[screen]\nfps = 99\n", "2: screen.fps must be a number from 0.2 to 30, not 99"),
        ("[screen]\nfps = nan\n", "2: screen.fps must be a number from 0.2 to 30, not nan"),
        (
            "[tape]\nkeep = 1.5\n",
            "2: tape.keep must be a whole number from 100 to 1,000,000, not 1.5",
        ),
        ('[screen]\nascii = "yes"\n', "2: screen.ascii must be true or false, not 'yes'"),
        (
            '[screen]\nmouse = "no"\n',
            '2: screen.mouse must be one of "auto", "on", "off", not \'no\'',
        ),
        ("watch = 3\n", "1: watch must be a table, not 3"),
        (
            '[watch]\nwatched = [\n  "BTC",\n  "eth",\n]\n',
            "2: watch.watched must be a list, each a coin such as BTC, not ['BTC', 'eth']",
        ),
        (
            '[screen]\nzone = "Europe/Berln"\n',
            "2: screen.zone must be utc, local or an IANA zone, not 'Europe/Berln'"
            ": did you mean 'Europe/Berlin'?",
        ),
        (
            "[watch]\nvenues = ['toyon']\n",
            "2: watch.venues: unknown venue 'toyon': did you mean 'toyone'?",
        ),
        ("[venues.nowhere]\n", "1: unknown venue 'nowhere': there are toyone, toytwo"),
        (
            '[venues.toyone]\nmarkets = ["liner"]\n',
            "2: venues.toyone.markets: unknown 'liner': did you mean 'linear'?",
        ),
        (
            '[venues]\ntoyone.hosts = { wss = "wss://x" }\n',
            "2: venues.toyone.hosts: unknown 'wss': did you mean 'ws'?",
        ),
        (
            '[venues.toyone.hosts]\nws = "ftp://x"\n',
            "2: venues.toyone.hosts.ws must be a ws or http URL, not 'ftp://x'",
        ),
    ],
)
def test_an_error_names_line_key_and_what_would_be_right(
    text: str, told: str, tmp_path: Path
) -> None:
    assert problems(text, tmp_path) == (told,)


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        '[screen]\nfps = 0\ntheem = "x"\n[tape]\nleast = -1\n', tmp_path, LIQTUI_LOG_LEVEL="loud"
    )
    assert [problem.split(":")[0] for problem in found] == ["2", "3", "5", "LIQTUI_LOG_LEVEL"]


def test_a_misspelt_variable_is_told(tmp_path: Path) -> None:
    assert problems("", tmp_path, LIQTUI_SCREEN_THEEM="x") == (
        "LIQTUI_SCREEN_THEEM: unknown setting: did you mean 'LIQTUI_SCREEN_THEME'?",
    )


def test_a_variable_out_of_range_is_told(tmp_path: Path) -> None:
    assert problems("", tmp_path, LIQTUI_TAPE_KEEP="7", LIQTUI_WATCH_VENUES="nope") == (
        "LIQTUI_TAPE_KEEP: tape.keep must be a whole number from 100 to 1,000,000, not '7'",
        "environment: watch.venues: unknown venue 'nope': there are toyone, toytwo",
    )


def test_a_wrong_flag_is_told() -> None:
    with pytest.raises(SettingsError, match=r"command line: screen\.fps must be a number"):
        config.load(None, {}, {"screen.fps": 0}, ToyCatalogue())


def test_no_control_character_reaches_the_terminal(tmp_path: Path) -> None:
    (told,) = problems('"a\\u001b[2Jb" = 1\n', tmp_path)
    assert "\x1b" not in told


def test_the_file_is_left_as_it_was(tmp_path: Path) -> None:
    text = "[screen]\nfps = 99 # mine\n"
    problems(text, tmp_path)
    assert (tmp_path / "config.toml").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_what_is_shown_is_valid_and_keeps_secrets(tmp_path: Path) -> None:
    text = '[venues.toyone]\nhosts = { rest = "https://me:word@proxy.example/x" }\n'
    settings = load(text, tmp_path)
    shown = tomli_w.dumps(config.builtins(settings))
    assert "word" not in shown
    assert tomllib.loads(shown)["venues"]["toyone"]["hosts"] == {
        "rest": "https://***@proxy.example/x"
    }
    assert load(shown, tmp_path).screen == settings.screen


SINK = "[alerts.sinks.phone]\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SINK, "1: alerts.sinks.phone.url must say where: an https URL, env:NAME or file:PATH"),
        (SINK + 'kind = "command"\n', "1: alerts.sinks.phone.command must name a program"),
        (
            SINK + 'kind = "notify"\nurl = "https://discord.com/api/webhooks/1/hunter22"\n',
            "3: alerts.sinks.phone.url must be env:NAME or file:PATH, since all of the address is"
            " secret",
        ),
        (
            SINK + 'url = "tgram://hunter22"\n',
            "2: alerts.sinks.phone.url must be an https URL, env:NAME or file:PATH",
        ),
        (
            SINK + 'url = "env:A"\nsecret = "hunter22"\n',
            "3: alerts.sinks.phone.secret must be env:NAME or file:PATH",
        ),
        (
            SINK + 'url = "env:A"\nkind = "webhok"\n',
            '3: alerts.sinks.phone.kind must be one of "webhook", "notify", "desktop", "command"',
        ),
        (
            SINK + 'url = "env:A"\nlesat = 1\n',
            "3: unknown key 'lesat' in [alerts.sinks.phone]: did you mean 'least'?",
        ),
        ('[alerts.sinks]\nurl = "tgram://hunter22"\n', "2: alerts.sinks.url must be a table"),
        (
            '[alerts.sinks."A b"]\nkind = "desktop"\n',
            "1: a sink's name is of a-z, 0-9 and -, not 'A b'",
        ),
    ],
)
def test_a_wrong_sink_is_told_and_no_secret_in_it(text: str, told: str, tmp_path: Path) -> None:
    assert problems(text, tmp_path) == (told,)


def test_a_sinks_address_is_shown_by_its_host_alone(tmp_path: Path) -> None:
    text = SINK + 'url = "https://me:word@hooks.example/T0/B0?x=y"\nsecret = "env:KEY"\n'
    shown = config.builtins(load(text, tmp_path))["alerts"]["sinks"]["phone"]
    assert (shown["url"], shown["secret"]) == ("https://hooks.example/***", "env:KEY")


def test_no_variable_sets_a_sink(tmp_path: Path) -> None:
    (told,) = problems("", tmp_path, LIQTUI_ALERTS_SINKS="phone=hunter22")
    assert told.startswith("LIQTUI_ALERTS_SINKS: unknown setting")


def test_the_place_of_a_setting_is_its_line_or_its_tables(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('\n[alerts.sinks.phone]\nurl = "env:A"\n')
    path = ("alerts", "sinks", "phone")
    assert config.place(file, (*path, "url")) == f"{file}:3: "
    assert config.place(file, (*path, "secret")) == f"{file}:2: "
    assert config.place(None, path) == ""
