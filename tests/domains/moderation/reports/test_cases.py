"""All reports of an item are one case, with the categories that its reporters gave."""

from veza.core.ids import new_id


async def send(client, who, track_id, category):
    body = {
        "content_type": "track",
        "content_id": str(track_id),
        "reason": "Look at it.",
        "category": category,
    }
    return await client.post("reports", headers=who.headers, json=body)


async def test_a_case_has_the_categories_of_its_reporters_the_most_frequent_first(
    client, services, track_id, reporter, ann, bob, moderator
):
    given = {reporter: "spam", ann: "copyright", bob: "copyright"}
    made = {
        (await send(client, who, track_id, category)).json()["data"]["id"]
        for who, category in given.items()
    }
    assert len(made) == 1
    assert (await send(client, ann, track_id, "ugly")).status_code == 400

    async def find(**query):
        answer = await client.get(
            "admin/reports", headers=moderator.headers, params={"limit": 100} | query
        )
        return [one for one in answer.json()["data"]["reports"] if one["id"] in made]

    [case] = await find(category="spam")
    assert case["categories"] == ["copyright", "spam"]
    assert case["reporters_count"] == 3
    assert {one["category"] for one in case["entries"]} == {"copyright", "spam"}
    assert await find(category="illegal") == []
    assert len(await find(content_type="track")) == 1
    assert await find(content_type="post") == []


async def test_ten_thousand_false_reports_hide_nothing_and_are_one_bounded_case(
    client, services, track_id, author, reporter, ann, moderator
):
    made = (await send(client, reporter, track_id, "spam")).json()["data"]["id"]
    async with services.database.transaction(recorded=False) as tx:
        # Reporters whose accounts are gone are as good as any for the counts.
        sql = """
            insert into report_entries (id, report_id, reason, category)
                 select gen_random_uuid(), $1, 'False.', 'abuse'
                   from generate_series(1, 10000)
        """
        await tx.run(sql, made)
    assert (await client.get(f"tracks/{track_id}")).status_code == 200

    shown = await client.get(f"admin/reports/{made}", headers=moderator.headers)
    case = shown.json()["data"]
    assert (case["reporters_count"], len(case["entries"])) == (1000, 100)
    assert (await send(client, ann, track_id, "copyright")).json()["data"]["id"] == made
    async with services.database.transaction(recorded=False) as tx:
        # The whole of a small table is read sooner.
        await tx.value(str, "select set_config('enable_seqscan', 'off', true)")
        plan = await tx.column(
            str,
            """
            explain select id from reports
             where content_type = 'track' and content_id = $1 and status = 'pending'
            """,
            new_id(),
        )
    assert any("Index" in line for line in plan), plan
