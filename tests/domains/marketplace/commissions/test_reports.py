"""Messages of commissions are filtered, reported, taken down and restored."""

import pytest

from tests import make
from tests.domains.moderation.reports.report_fixtures import report
from tests.domains.moderation.takedowns.takedown_fixtures import take_down
from veza.core.ids import new_id
from veza.domains.platform.text_filters import rules as filters
from veza.domains.platform.text_filters.models import (
    TextFilterEffect,
    TextFilterForm,
    TextFilterKind,
    TextPattern,
)

__all__ = ["report", "take_down"]


def entry_of(commission, kind="message"):
    [found] = [each for each in commission["entries"] if each["kind"] == kind]
    return found


async def test_a_message_is_reported_by_the_other_party_and_taken_down_with_its_files(
    studio, report, take_down, moderator
):
    buyer, seller, stranger = studio.buyer, studio.seller, await make.person(studio.services)
    commission_id = await studio.begun()
    file = await make.cloud_file(studio.services, seller, "mean.wav", b"mean")
    sent = await studio.do(seller, commission_id, "messages", "Mean.", file_ids=[str(file.id)])
    message_id = entry_of(sent)["id"]
    refused = {
        (await report(who, "commission_message", message_id)).json()["code"]
        for who in (stranger, seller)
    }
    assert refused == {"content_not_found", "own_content"}
    made = (await report(buyer, "commission_message", message_id)).json()["data"]
    path = f"admin/reports/{made['id']}"
    case = (await studio.client.get(path, headers=moderator.headers)).json()["data"]
    evidence = case["evidence"]
    assert (evidence["content"], evidence["file_names"]) == ("Mean.", ["mean.wav"])
    files = await studio.client.post(f"admin/cases/{made['id']}/files", headers=moderator.headers)
    assert [each["title"] for each in files.json()["data"]["files"]] == ["mean.wav"]

    taken = (await take_down(moderator, "commission_message", message_id)).json()["data"]
    assert taken["title"] == "Mean."
    hidden = entry_of(await studio.see(commission_id))
    assert (hidden["words"], hidden["files"], hidden["is_taken_down"]) == ("", [], True)
    assert "taken_down" not in hidden
    own = entry_of(await studio.see(commission_id, seller))
    assert (own["words"], own["taken_down"]["category"]) == ("Mean.", "copyright")
    url = own["files"][0]["url"]
    answers = [await studio.client.get(url, headers=each.headers) for each in (buyer, seller)]
    assert [each.status_code for each in answers] == [404, 200]
    assert (await report(buyer, "commission_message", message_id)).status_code == 404
    assert (await take_down(moderator, "commission_message", message_id)).status_code == 409

    undone = await studio.client.delete(f"admin/takedowns/{taken['id']}", headers=moderator.headers)
    assert undone.status_code == 200
    back = entry_of(await studio.see(commission_id))
    assert (back["words"], back["is_taken_down"], len(back["files"])) == ("Mean.", False, 1)


async def test_what_happened_by_itself_or_is_of_staff_is_not_reported(studio, report):
    commission_id = await studio.buy()
    sql = """
        insert into commission_entries (id, commission_id, kind, party, author_id, words)
             values ($1, $2, 'decision', 'staff', $3, 'Staff'), ($4, $2, 'refund', null, null, '')
    """
    decided, refunded, staff = new_id(), new_id(), await make.person(studio.services)
    async with studio.services.database.transaction() as tx:
        await tx.run(sql, decided, commission_id, staff.id, refunded)
    answers = [
        await report(studio.buyer, "commission_message", each)
        for each in (decided, refunded, new_id())
    ]
    assert {each.status_code for each in answers} == {404}


@pytest.mark.parametrize("step", ["brief", "messages", "cancel"])
async def test_a_filter_refuses_or_reports_what_is_written(studio, step):
    services, commission_id = studio.services, await studio.buy()
    before = services.text_filters.index
    patterns = [
        TextPattern(
            TextFilterKind.WORDS,
            filters.read_pattern(TextFilterForm(TextFilterKind.WORDS, word, effect)),
            effect,
        )
        for word, effect in (
            ("loathsome", TextFilterEffect.REJECT),
            ("dubious", TextFilterEffect.REPORT),
        )
    ]
    services.text_filters.index = filters.build_index(patterns)
    try:
        refused = await studio.do(studio.buyer, commission_id, step, "Loathsome words")
        assert (refused, (await studio.see(commission_id))["entries"]) == ("text_refused", [])
        flagged = await studio.do(studio.buyer, commission_id, step, "Dubious words")
        await make.delivered(services)
    finally:
        services.text_filters.index = before
    sql = """
        select evidence->>'content' from reports
         where content_type = 'commission_message' and content_id = $1
    """
    async with services.database.read() as conn:
        found = await conn.column(str, sql, flagged["entries"][0]["id"])
    assert found == ["Dubious words"]
