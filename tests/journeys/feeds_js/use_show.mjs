// Reads the feed of a show by npm's podcast-partytime. Argument: its address.
import assert from "node:assert/strict";
import { parseFeed } from "podcast-partytime";

const text = await (await fetch(process.argv[2])).text();
const show = parseFeed(text);
assert.ok(show, "the feed can be read");
assert.equal(show.guid?.length, 36);
assert.equal(String(show.medium), "podcast");
assert.equal(show.license?.identifier, "cc-by-4.0");
assert.equal(show.podcastFunding?.[0]?.url, "https://harbour.example/give");
const [episode] = show.items;
assert.equal(episode.podcastChapters?.type, "application/json+chapters");
assert.equal(episode.podcastTranscripts?.[0]?.type, "text/vtt");
assert.equal(episode.podcastSeason?.number, 1);
assert.equal(episode.podcastEpisode?.number, 2);
const chapters = await (await fetch(episode.podcastChapters.url)).json();
assert.deepEqual(chapters.chapters.map((each) => each.title), ["Hello", "Loops"]);
console.log("used");
