import json

from hypothesis import given
from hypothesis import strategies as st

from liqtui.delivery.letter import digest, letter, message, trial
from liqtui.model import wire
from liqtui.model.alert import Alert, AlertKind
from tests.delivery.receiver import START, alert
from tests.making import at


def test_a_letter_is_the_alert_of_the_wire_with_an_id() -> None:
    sent = letter(alert(3))
    told = json.loads(sent.body)
    assert told == {"id": sent.id, **json.loads(wire.alert_line(alert(3)))}


def test_its_id_is_the_same_after_a_restart_and_another_for_another_alert() -> None:
    again = alert(3)
    first = letter(again)
    assert letter(again).id == first.id
    assert letter(alert(4)).id != first.id
    renumbered = type(again)(
        **{name: getattr(again, name) for name in again.__struct_fields__ if name != "number"},
        number=1,
    )
    assert letter(renumbered).id == first.id
    assert "." not in first.id


def test_what_is_not_live_says_so_to_machines_and_people() -> None:
    sent = letter(alert(1), "simulated")
    told = json.loads(sent.body)
    assert told["source"] == "simulated"
    assert told["text"].startswith("SIMULATED Burst")
    assert "BTC: SIMULATED Burst" in message(sent, START).text
    assert sent.id != letter(alert(1)).id


def test_words_for_people_say_what_of_which_coin_and_when() -> None:
    words = message(letter(alert(1)), START)
    assert words.title == "liqtui BTC burst"
    assert words.text == "14:14:01 UTC BTC: Burst: ≥$2.0M of longs liquidated in 5 min"


def test_one_that_comes_late_says_its_day_and_its_age() -> None:
    when = alert(1).at
    soon = message(letter(alert(1)), when + 299 * 10**9)
    assert soon.text.startswith("14:14:01 UTC BTC:")
    for late, said in ((301, "5 min"), (5399, "90 min"), (30_000, "8 h")):
        words = message(letter(alert(1)), when + late * 10**9)
        assert words.text.startswith(f"2026-09-21 14:14:01 UTC ({said} ago) BTC: Burst")


def test_a_digest_counts_what_was_held_back_and_quotes_the_largest() -> None:
    held = [letter(alert(number)) for number in (1, 2)]
    large = Alert(at=at(3), kind=AlertKind.CASCADE, text="Cascade under way", base="ETH", usd=9e6)
    summed = digest([*held, letter(large)], at(30_000))
    told = json.loads(summed.body)
    assert told["held"] == [*(one.id for one in held), letter(large).id]
    assert (told["type"], told["kind"], told["ts"]) == ("alert", "storm", at(30_000) // 10**6)
    assert message(summed, at(30_000)).text == (
        "22:34:00 UTC 3 alerts while it was quiet: 2 burst, 1 cascade of BTC, ETH; "
        "the largest, at 14:14 UTC: ETH: Cascade under way"
    )


def test_a_digest_of_one_is_that_one_and_one_of_a_simulation_says_so() -> None:
    assert digest([letter(alert(1))], at(9)) == letter(alert(1))
    simulated = digest([letter(alert(number), "simulated") for number in (1, 2)], at(9))
    told = json.loads(simulated.body)
    assert told["source"] == "simulated"
    assert told["text"].startswith("SIMULATED 2 alerts")


def test_a_trial_says_it_is_one() -> None:
    words = message(trial(0), 0)
    assert words.title == "liqtui feed"
    assert "TEST" in words.text


@given(st.text(max_size=300))
def test_no_text_gets_out_of_its_field(text: str) -> None:
    told = json.loads(letter(alert(1, text)).body)
    assert set(told) == {"id", *json.loads(wire.alert_line(alert(1)))}
    assert not set("@<>`*[]|\\\n\r\x1b") & set(told["text"])
