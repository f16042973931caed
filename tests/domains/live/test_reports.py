"""Reports of streams store their details."""


async def report(client, someone, stream_id) -> int:
    body = {"content_type": "stream", "content_id": stream_id, "reason": "Somebody else's set."}
    return (await client.post("reports", headers=someone.headers, json=body)).status_code


async def test_a_report_stores_the_details_of_a_stream(
    client, create, ingest, owner, other, moderator
):
    stream = await create(title="Stolen set")
    await ingest.publish(stream["stream_key"])
    await ingest.say("title", stream["stream_key"], title="An insult")
    assert await report(client, other, stream["id"]) == 201
    change = {"title": "Nothing to see"}
    await client.put(f"live/streams/{stream['id']}", headers=owner.headers, json=change)
    reports = await client.get("admin/reports", headers=moderator.headers, params={"limit": 100})
    [kept] = [
        each for each in reports.json()["data"]["reports"] if each["content_id"] == stream["id"]
    ]
    assert kept["evidence"]["title"] == "Stolen set"
    assert kept["evidence"]["now_playing"] == "An insult"
    assert stream["stream_key"] not in reports.text


async def test_hidden_streams_cannot_be_reported(client, services, owner, other):
    await client.get("live/streams/me/key", headers=owner.headers)
    [draft] = (await client.get("live/streams/me", headers=owner.headers)).json()["data"]["streams"]
    assert await report(client, other, draft["id"]) == 404
