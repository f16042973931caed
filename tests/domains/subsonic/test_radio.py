"""Stations on air in players: who sees which, and that no player changes one."""

from xml.etree import ElementTree

import pytest

from tests import make
from tests.domains.subsonic.players import Player, ensure_fits, sounding_track
from tests.raw import hearing
from veza.app.services import Services


async def test_stations_on_air_are_listed_with_an_address_that_anybody_can_play(
    player: Player, services: Services, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "Night Ferry")
    on_air = await make.station(services, artist, [track_id], "Ferries & more")
    await make.station(services, artist, [track_id], "Off", is_on_air=False)
    async with hearing(services, "stations s") as statements:
        found = await player.get("getInternetRadioStations")
    assert len(statements) == 1
    listed = found["internetRadioStations"]["internetRadioStation"]
    [shown] = [each for each in listed if each["id"] == f"st-{on_air}"]
    ensure_fits("InternetRadioStation", shown)
    assert shown["name"] == "Ferries & more"
    assert shown["homePageUrl"].endswith(f"/stations/{on_air}")
    assert not {"Off"} & {each["name"] for each in listed}
    played = await player.http.head(shown["streamUrl"])
    assert (played.status_code, played.headers["content-type"]) == (200, "audio/aac")
    root = ElementTree.fromstring(await player.xml("getInternetRadioStations"))
    in_xml = [each for each in root[0] if each.get("id") == f"st-{on_air}"]
    assert [dict(each.attrib) for each in in_xml] == [shown]


async def test_stations_of_members_who_block_the_caller_are_not_listed(
    player: Player, services: Services, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "Night Ferry")
    station = f"st-{await make.station(services, artist, [track_id])}"

    async def is_listed() -> bool:
        found = await player.get("getInternetRadioStations")
        listed = found["internetRadioStations"].get("internetRadioStation", [])
        return station in {each["id"] for each in listed}

    assert await is_listed()
    await make.blocks(services, artist, player.owner)
    assert not await is_listed()


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
async def test_no_player_changes_stations(player: Player, verb: str) -> None:
    given = {"id": "st-1", "name": "Ferries", "streamUrl": "https://example.org/x.aac"}
    assert await player.code(f"{verb}InternetRadioStation", **given) == 50
