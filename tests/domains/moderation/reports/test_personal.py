"""Personal data of moderation: export and erasure."""

import msgspec

from tests import make
from veza.core.ids import new_id
from veza.domains.moderation.reports import personal_data, service
from veza.domains.moderation.reports.models import ReportAction, ReportForm, ReportResolution


async def erase(services, person):
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, person.id)


async def report(services, reporter, author, reason="A reason in their words"):
    form = ReportForm("user", author.id, reason)
    return await service.create_report(
        services.database, services.report_context, reporter.member, form
    )


async def shown(services, report_id):
    async with services.database.read() as conn:
        return await service.get_report(conn, report_id)


async def test_a_report_by_an_erased_member_stays_and_is_counted(services, author, reporter):
    made = await report(services, reporter, author)
    other = await make.person(services)
    await report(services, other, author, "Another's words")

    await erase(services, reporter)

    one = await shown(services, made.id)
    assert (one.status, one.reporters_count) == ("pending", 2)
    assert [(e.reporter and e.reporter.id, e.reason) for e in one.entries] == [
        (None, None),
        (other.id, "Another's words"),
    ]


async def test_a_report_about_an_erased_member_is_closed_and_anonymized(services, author, reporter):
    made = await report(services, reporter, author)

    await erase(services, author)

    one = await shown(services, made.id)
    assert (one.status, one.action, one.resolved_by) == ("dismissed", "dismiss", None)
    assert (one.author, one.content_id, one.evidence, one.reason) == (None, None, {}, None)
    assert [(e.reporter.id, e.reason) for e in one.entries] == [(reporter.id, None)]
    [told] = await make.told(services, reporter)
    assert (told.kind, told.report.outcome, told.report.content_id) == (
        "report_closed",
        "dismiss",
        None,
    )
    everything = msgspec.json.encode(one).decode()
    assert str(author.id) not in everything
    assert author.username not in everything


async def test_a_resolved_report_about_an_erased_member_stays_anonymized(
    services, author, reporter, moderator
):
    made = await report(services, reporter, author)
    async with services.database.transaction() as tx:
        await service.resolve_report(
            tx, made.id, moderator.member, ReportResolution(ReportAction.WARN, "Be kind, Ada.")
        )

    await erase(services, author)

    one = await shown(services, made.id)
    assert (one.status, one.action, one.reason) == ("resolved", "warn", None)
    assert one.resolved_by.id == moderator.id
    assert await make.told(services, author) == []
    [told] = await make.told(services, reporter)
    assert (told.report.outcome, told.report.content_id) == ("warn", None)


async def test_decisions_of_an_erased_moderator_stay_without_their_id(
    services, author, reporter, moderator, admin
):
    made = await report(services, reporter, author)
    async with services.database.transaction() as tx:
        await service.resolve_report(
            tx, made.id, moderator.member, ReportResolution(ReportAction.WARN, "Be kind.")
        )
        await personal_data.erase(tx, moderator.id)
        await tx.run("delete from users where id = $1", moderator.id)

    one = await shown(services, made.id)
    assert (one.status, one.action, one.resolved_by) == ("resolved", "warn", None)
    async with services.database.read() as conn:
        found = await service.list_moderation_actions(conn, author.id, reporter.member)
    [sanction] = found.sanctions
    assert (sanction.action, sanction.decided_by) == ("warn", None)


async def test_erasing_twice_or_an_unknown_member_does_no_harm(services, author, reporter):
    await report(services, reporter, author)
    for _ in range(2):
        await erase(services, author)
        await erase(services, reporter)
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, new_id())


async def test_the_export_contains_own_reports_and_actions_but_no_reporter(
    services, author, reporter, moderator
):
    made = await report(services, reporter, author)
    async with services.database.transaction() as tx:
        await service.resolve_report(
            tx, made.id, moderator.member, ReportResolution(ReportAction.WARN, "Be kind.")
        )

        mine = await personal_data.export(tx, reporter.id)
        theirs = await personal_data.export(tx, author.id)

    assert [(e.report_id, e.reason, e.status) for e in mine.reported] == [
        (made.id, "A reason in their words", "resolved")
    ]
    assert (mine.sanctions, theirs.reported) == ([], [])
    assert [(one.action, one.reason) for one in theirs.sanctions] == [("warn", "Be kind.")]
    everything = msgspec.json.encode(theirs).decode()
    for word in (str(reporter.id), reporter.username, "in their words", moderator.username):
        assert word not in everything
